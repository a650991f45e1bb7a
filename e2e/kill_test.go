package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gemba"
)

// counter counts effects outside Gemba: what scripts of builds, tests and tasks tell it.
type counter struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string]int
}

func newCounter(t *testing.T) *counter {
	c := &counter{seen: map[string]int{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.seen[strings.TrimPrefix(r.URL.Path, "/")]++
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *counter) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.seen)
}

func (c *counter) count(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[what]
}

// counted is the toy with a build, a test and a task that tell the counter when they begin and end, and take a while.
func counted(c *counter) string {
	tell := func(what string) string {
		return fmt.Sprintf("curl -fsS %s/%s-begun && sleep 0.4 && curl -fsS %s/%s-done", c.URL, what, c.URL, what)
	}
	return strings.NewReplacer(
		"build {", "build {\n    network = true\n    run     = \""+tell("build")+"\"",
		"  process", "  test \"unit\" {\n    network = true\n    run     = \""+tell("test")+"\"\n  }\n  process",
	).Replace(declaration) + `
environment "production" {
  deploy "toy" {}
}
pipeline "toy" {
  stage "production" {
    environment = environment.production
    task "migrate" {
      once = true
      run  = "` + tell("migrate") + `"
    }
    verify "front" {
      http = "/"
    }
  }
}
`
}

func TestARunGoesOnByItselfAfterTheServerIsKilled(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	random := rand.New(rand.NewPCG(seed, 1))
	for moment := range 5 {
		// The run takes about 1.6 s; the moments are spread over it.
		after := time.Duration(300*moment+random.IntN(300)) * time.Millisecond
		t.Run(fmt.Sprintf("after %s", after), func(t *testing.T) {
			c := newCounter(t)
			w := newWorld(t, map[string]string{"gemba.hcl": counted(c)})
			w.must(0, "ship", "--detach")
			time.Sleep(after)
			if w.kill("gemba-server --state") == 0 {
				t.Fatal("there was no server to kill")
			}
			w.eventually("the run has a verdict", func() bool { return w.runs()[0].State.Over() })
			run := w.runs()[0]
			if run.Verdict != gemba.Shipped {
				t.Fatalf("the verdict is %q: %s", run.Verdict, run.Message)
			}
			for _, what := range []string{"build", "test", "migrate"} {
				if n := c.count(what + "-done"); n != 1 {
					t.Errorf("%s had its effect %d times", what, n)
				}
			}
			if n := len(w.processes("./toy")); n != 1 {
				t.Errorf("%d toys run, not one", n)
			}
			w.must(0, "ledger", "verify")
		})
	}
}

func TestACommandFollowsItsRunThroughServersThatGo(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	w := newWorld(t, map[string]string{"gemba.hcl": counted(c)})
	command, out, talk := w.start("ship")
	for _, goes := range []struct {
		at     string
		signal syscall.Signal
	}{{"build-begun", syscall.SIGTERM}, {"test-begun", syscall.SIGKILL}, {"migrate-begun", syscall.SIGTERM}} {
		w.eventually(goes.at, func() bool { return c.count(goes.at) > 0 })
		for _, pid := range w.processes("gemba-server --state") {
			_ = syscall.Kill(pid, goes.signal)
		}
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("exit %d:\n%s%s", code, out, talk)
	}
	for _, what := range []string{"build", "test", "migrate"} {
		if n := c.count(what + "-done"); n != 1 {
			t.Errorf("%s had its effect %d times", what, n)
		}
	}
}

func TestAStepWhoseSupervisorIsKilledStartsCleanOnce(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"build", "test"} {
		t.Run(step, func(t *testing.T) {
			c := newCounter(t)
			w := newWorld(t, map[string]string{"gemba.hcl": strings.Replace(counted(c), `run     = "`, `run     = "test ! -e left; touch left; `, 1)})
			command, out, talk := w.start("ship")
			w.eventually(step+" has begun", func() bool { return c.count(step+"-begun") == 1 })
			if w.kill("supervise") == 0 {
				t.Fatal("there was no supervisor to kill")
			}
			_ = command.Wait()
			if code := command.ProcessState.ExitCode(); code != 0 {
				t.Fatalf("exit %d:\n%s%s", code, out, talk)
			}
			if begun, done := c.count(step+"-begun"), c.count(step+"-done"); begun != 2 || done != 1 {
				t.Errorf("%s began %d times and had its effect %d times", step, begun, done)
			}
		})
	}
}

func seedOf(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("GEMBA_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("GEMBA_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("GEMBA_SEED=%d", seed)
	return seed
}

func TestAnInterruptedStepThatMustRunOnceAsks(t *testing.T) {
	t.Parallel()
	for answer, c := range map[string]struct {
		code, done int
	}{"done": {0, 0}, "again": {0, 1}, "failed": {1, 0}} {
		t.Run(answer, func(t *testing.T) {
			effects := newCounter(t)
			w := newWorld(t, map[string]string{"gemba.hcl": counted(effects)})
			w.must(0, "ship", "--detach")
			w.eventually("the migration has begun", func() bool { return effects.count("migrate-begun") == 1 })
			w.kill("gemba-server --state")
			w.kill("supervise")
			w.kill("curl")
			w.eventually("the run asks", func() bool { return w.runs()[0].State == gemba.Asking })
			w.must(c.code, "answer", "1", answer)
			if n := effects.count("migrate-done"); n != c.done {
				t.Fatalf("the migration was done %d times, not %d", n, c.done)
			}
			w.says(w.gemba("answer", "1", "done"), "asks nothing")
		})
	}
}

func TestServicesAndEdgeOutliveTheServerAndComeBackWhenTheyDie(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	production := w.deployed("production")
	answers := func() bool {
		status, body, err := fetch(production.Address)
		return err == nil && status == 200 && strings.Contains(body, "hello")
	}
	w.kill("gemba-server --state")
	if !answers() {
		t.Fatal("production does not answer without the server")
	}
	w.kill("./toy")
	w.eventually("killed services answer again without a server", answers)
	w.kill("gemba-edge")
	w.eventually("production answers after the edge was killed, without a server", answers)
	if after := w.deployed("production"); after.Release != production.Release || after.Address != production.Address {
		t.Fatalf("another release or address: %+v", after)
	}
	w.kill("supervise")
	w.eventually("production answers after every supervisor was killed", answers)
	w.eventually("one toy runs in each environment", func() bool { return len(w.processes("./toy")) == 2 })
}

func TestAfterARebootTheSameReleasesRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	post(w, "production", "/note", "kept")
	before := w.deployed("production")
	for range 3 { // until nothing is left to start anything again
		w.kill("")
	}
	w.eventually("the same release answers again", func() bool {
		s := w.gemba("status", "--json")
		if s.code != 0 {
			return false
		}
		status, body, err := fetch(before.Address + "note")
		return err == nil && status == 200 && body == "kept"
	})
	if after := w.deployed("production"); after.Release != before.Release || after.Address != before.Address {
		t.Fatalf("another release or address: %+v", after)
	}
}

func TestASecondRunWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	w := newWorld(t, map[string]string{"gemba.hcl": counted(c)})
	w.must(0, "ship")
	w.write("mode", "greeting=second\n")
	w.commit("Second")
	first, _, _ := w.start("ship")
	w.eventually("the first is in production", func() bool { return c.count("migrate-begun") == 2 })
	second := w.must(0, "ship")
	w.says(second, "waits for run 2")
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestAnInterruptCancelsARunInEachOfItsSteps(t *testing.T) {
	t.Parallel()
	for stage, begun := range map[string]string{"build": "build-begun", "test": "test-begun", "task": "migrate-begun", "deploy": "deploy-begun", "verify": "verify-begun"} {
		t.Run(stage, func(t *testing.T) {
			c := newCounter(t)
			w := newWorld(t, map[string]string{"gemba.hcl": counted(c)})
			w.must(0, "ship")
			c.forget()
			tell := "curl -fsS " + c.URL + "/" + begun + " && sleep 1"
			switch stage {
			case "deploy":
				w.write("gemba.hcl", strings.Replace(counted(c), `http   = "/healthz"`, `command = ["sh", "-c", "`+tell+`; false"]`, 1))
			case "verify":
				w.write("gemba.hcl", strings.Replace(counted(c), `http = "/"`, `run = "`+tell+`"`, 1))
			}
			w.write("mode", "greeting=another\n")
			w.commit(stage)
			w.must(0, "accept")
			command, out, _ := w.start("ship")
			w.eventually(begun, func() bool { return c.count(begun) == 1 })
			_ = syscall.Kill(command.Process.Pid, syscall.SIGINT)
			_ = command.Wait()
			if code := command.ProcessState.ExitCode(); code != 6 {
				t.Fatalf("exit %d, not 6:\n%s", code, out)
			}
			if n := len(w.processes("curl")) + len(w.processes("sleep")); n != 0 {
				t.Fatalf("%d programs of the step still run", n)
			}
			if stage != "verify" { // it is placed by then, and whoever cancels decides what is to become of it
				if got := w.get("production", "/"); got != "hello" {
					t.Errorf("production says %q", got)
				}
			}
			w.git("revert", "--no-edit", "HEAD")
			w.must(0, "accept")
			w.must(0, "ship") // the environment is free
			if got := w.get("production", "/"); got != "hello" {
				t.Errorf("production says %q", got)
			}
		})
	}
}

func TestASecondInterruptLeavesTheRunToTheServer(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	w := newWorld(t, map[string]string{"gemba.hcl": strings.Replace(counted(c), "sleep 0.4", "trap '' TERM; sleep 1.5", 1)})
	command, out, talk := w.start("ship")
	w.eventually("the build has begun", func() bool { return c.count("build-begun") == 1 })
	_ = syscall.Kill(command.Process.Pid, syscall.SIGINT)
	w.eventually("it says that it cancels", func() bool { return strings.Contains(talk.String()+out.String(), "cancelling the run") })
	_ = syscall.Kill(command.Process.Pid, syscall.SIGINT)
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 8 {
		t.Fatalf("exit %d, not 8:\n%s%s", code, out, talk)
	}
	w.eventually("the run is cancelled", func() bool { return w.runs()[0].Verdict == gemba.RunCancelled })
}

func TestANewerCommandRenewsTheServerAndItsRunGoesOn(t *testing.T) {
	c := newCounter(t)
	w := newWorld(t, map[string]string{"gemba.hcl": counted(c)})
	old := built.bin
	defer func() { built.bin = old }()
	built.bin = t.TempDir()
	for _, program := range []string{"gemba", "gemba-server", "gemba-edge", "gemba-worker"} {
		if err := os.Link(filepath.Join(old, program), filepath.Join(built.bin, program)); err != nil {
			copyFile(t, filepath.Join(old, program), filepath.Join(built.bin, program))
		}
	}
	w.must(0, "ship", "--detach")
	first := w.status().Server
	w.eventually("the build has begun", func() bool { return c.count("build-begun") == 1 })
	newer := filepath.Join(built.bin, "gemba-server")
	copyFile(t, filepath.Join(old, "gemba-server"), newer+".new")
	if err := os.Rename(newer+".new", newer); err != nil { // as an upgrade of the package does
		t.Fatal(err)
	}
	second := w.status().Server
	if second.Executable.Modified.Equal(first.Executable.Modified) || second.PID != first.PID {
		t.Fatalf("%+v did not become the newer one: %+v", first, second)
	}
	w.eventually("the run has a verdict", func() bool { return w.runs()[0].State.Over() })
	if run := w.runs()[0]; run.Verdict != gemba.Shipped {
		t.Fatalf("the verdict is %q: %s", run.Verdict, reason(run))
	}
	for _, what := range []string{"build", "test", "migrate"} {
		if n := c.count(what + "-done"); n != 1 {
			t.Errorf("%s had its effect %d times", what, n)
		}
	}
}

func TestARebootInTheMiddleOfARun(t *testing.T) {
	t.Parallel()
	for at, done := range map[string]int{"build-begun": 1, "test-begun": 1, "migrate-begun": 0} {
		t.Run(at, func(t *testing.T) {
			c := newCounter(t)
			w := newWorld(t, map[string]string{"gemba.hcl": counted(c)})
			w.must(0, "ship", "--detach")
			w.eventually(at, func() bool { return c.count(at) == 1 })
			for range 3 { // until nothing is left to start anything again
				w.kill("")
			}
			w.kill("curl")
			if at == "migrate-begun" { // nobody knows how far it came
				w.eventually("the run asks", func() bool { return w.runs()[0].State == gemba.Asking })
				w.must(0, "answer", "1", "done")
			}
			w.eventually("the run has a verdict", func() bool { return w.runs()[0].State.Over() })
			if run := w.runs()[0]; run.Verdict != gemba.Shipped {
				t.Fatalf("the verdict is %q: %s", run.Verdict, reason(run))
			}
			if n := c.count("migrate-done"); n != done {
				t.Errorf("the migration was done %d times", n)
			}
			if got := w.get("production", "/"); got != "hello" {
				t.Errorf("production says %q", got)
			}
			w.must(0, "ledger", "verify")
		})
	}
}

func TestUpStaysUntilItIsInterruptedAndThenTakesEverythingDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	command, out, talk := w.start("up")
	w.eventually("it is up", func() bool { return strings.Contains(talk.String(), "dashboard  http://127.0.0.1:") })
	if got := w.get("production", "/"); got != "hello" {
		t.Errorf("production says %q", got)
	}
	w.kill("gemba-server --state")
	w.eventually("the server is started again", func() bool { return len(w.processes("gemba-server --state")) == 1 })
	_ = syscall.Kill(command.Process.Pid, syscall.SIGINT)
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("exit %d:\n%s%s", code, out, talk)
	}
	w.says(said{out: out.String()}, "production", "stopped toy in production")
	if left := w.processes(""); len(left) != 0 {
		t.Errorf("%d processes still run", len(left))
	}
}
