package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gemba"
)

// TestSoakKillsAtRandomMoments ships commit after commit and kills the server, the edge or a supervisor somewhere in
// each. Five times in every run of the tests, GEMBA_SOAK times in `make soak`; GEMBA_SEED repeats one.
func TestSoakKillsAtRandomMoments(t *testing.T) {
	rounds := 5
	if text := os.Getenv("GEMBA_SOAK"); text != "" {
		rounds, _ = strconv.Atoi(text)
	}
	random := rand.New(rand.NewPCG(seedOf(t), 2))
	c := newCounter(t)
	w := newWorld(t, map[string]string{"gemba.hcl": strings.ReplaceAll(counted(c), "sleep 0.4", "sleep 0.1")})
	w.must(0, "ship")
	s := &soak{world: w, effects: c, random: random, killed: map[string]int{}, ended: map[gemba.Verdict]int{}}
	s.serving = "hello"
	stop := s.traffic(w.deployed("production").Address)
	for n := range rounds {
		s.round(n)
		if n%20 == 19 || n == rounds-1 {
			w.must(0, "ledger", "verify")
		}
	}
	wrong := stop()
	t.Logf("%d rounds; killed %v; ended %v", rounds, s.killed, s.ended)
	if wrong != "" {
		t.Errorf("production answered what no release says: %q", wrong)
	}
}

type soak struct {
	*world
	effects *counter
	random  *rand.Rand
	serving string // the greeting of the last commit that was shipped
	killed  map[string]int
	ended   map[gemba.Verdict]int
}

var victims = []string{"gemba-server --state", "gemba-edge", "supervise"}

// round ships one commit through one kill and holds what has to be true whatever was killed.
func (s *soak) round(n int) {
	s.Helper()
	greeting := fmt.Sprintf("hello%d", n)
	s.write("mode", "greeting="+greeting+"\n")
	s.commit(greeting)
	before := map[string]int{}
	for _, what := range []string{"build", "test", "migrate"} {
		before[what] = s.effects.count(what + "-done")
	}
	s.must(0, "ship", "--detach")
	victim, after := victims[s.random.IntN(len(victims))], time.Duration(s.random.IntN(1200))*time.Millisecond
	time.Sleep(after)
	if pids := s.processes(victim); len(pids) > 0 {
		_ = syscall.Kill(pids[s.random.IntN(len(pids))], syscall.SIGKILL)
		s.killed[victim]++
	}
	where := fmt.Sprintf("round %d, %s killed after %s", n, victim, after)
	run := s.verdict(where, before["migrate"])
	s.ended[run.Verdict]++
	switch {
	case run.Verdict == gemba.Shipped:
		s.serving = greeting
		for what, was := range before {
			if did := s.effects.count(what+"-done") - was; did != 1 && victim != "supervise" {
				s.Errorf("%s: %s had its effect %d times", where, what, did)
			}
		}
	default:
		s.Errorf("%s: %s, %s", where, run.Verdict, reason(run))
	}
	if did := s.effects.count("migrate-done") - before["migrate"]; did > 1 {
		s.Errorf("%s: the migration was done %d times", where, did)
	}
	s.eventually(where+": production says "+s.serving+" and is healthy", func() bool {
		now := s.deployed("production")
		_, body, err := fetch(now.Address)
		return err == nil && strings.TrimSpace(body) == s.serving && now.Healthy
	})
	s.eventually(where+": one toy runs", func() bool { return len(s.processes("./toy")) == 1 })
}

// reason is what the step says at which a run ended.
func reason(run gemba.Run) string {
	for _, step := range run.Steps {
		if step.State.Over() && !step.State.Good() {
			return fmt.Sprintf("%s %s: %s", step.Stage, step.Name, step.Message)
		}
	}
	return run.Message
}

// verdict waits for the run's end; where it asks how the migration ended, it is told the truth.
func (s *soak) verdict(where string, migrated int) (run gemba.Run) {
	s.Helper()
	s.eventually(where+": the run has a verdict", func() bool {
		run = s.runs()[0]
		if run.State == gemba.Asking {
			answer := "again"
			if s.effects.count("migrate-done") > migrated {
				answer = "done"
			}
			s.gemba("answer", strconv.FormatInt(run.ID, 10), answer)
			return false
		}
		return run.State.Over()
	})
	return run
}

// traffic asks production ten times a second, until the returned function is called; that returns an answer that no release gives.
func (s *soak) traffic(address string) func() string {
	ctx, cancel := context.WithCancel(context.Background())
	wrong := make(chan string, 1)
	go func() {
		odd := ""
		for ctx.Err() == nil {
			status, body, err := fetch(address)
			if err == nil && status == http.StatusOK && !strings.HasPrefix(body, "hello") {
				odd = body
			}
			time.Sleep(100 * time.Millisecond)
		}
		wrong <- odd
	}()
	return func() string { cancel(); return <-wrong }
}
