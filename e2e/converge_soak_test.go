package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gemba/internal/fleettest"
)

// TestConvergeSoakFaultsAtRandomMoments applies profile after profile to a host and does something bad to it, the server or the
// command somewhere in each. GEMBA_SOAK is how often, as in `make soak-converge`; GEMBA_SEED repeats one.
func TestConvergeSoakFaultsAtRandomMoments(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("GEMBA_SOAK"))
	if err != nil {
		t.Skip("GEMBA_SOAK says how many rounds")
	}
	random := rand.New(rand.NewPCG(seedOf(t), 3))
	s := newTrouble(t, 1)
	host := s.fleet.Hosts[0]
	s.declare(staged("one"))
	s.must(0, "apply", "--yes")
	done := map[string]int{}
	for n := range rounds {
		name, version := s.round(host, random, n)
		done[name]++
		if got := s.on(host, "cat /srv/s/conf; tail -n 1 /srv/s/starts; ls /var/lib/gemba/notes | wc -l; ls -A /srv/s | tr '\\n' ' '"); got != version+"\n"+version+"\n0\nconf done starts" {
			t.Errorf("round %d, %s: %q", n, name, got)
		}
		// A command whose worker was killed goes on alone, and may be begun again.
		if steps := s.on(host, "grep -c -- -"+version+" /srv/s/done"); steps != "3" && (name != "kill worker" && name != "power off" || steps != "4") {
			t.Errorf("round %d, %s: %s steps were begun", n, name, steps)
		}
		if t.Failed() {
			break
		}
	}
	s.must(0, "drift")
	s.must(0, "ledger", "verify")
	t.Logf("%d rounds: %v", rounds, done)
}

// harm is what may happen in a round.
var harm = []struct {
	name string
	do   func(*trouble, *fleettest.Host, int)
}{
	{"kill worker", func(s *trouble, h *fleettest.Host, _ int) { s.on(h, "pkill -9 -x gemba-worker || true") }},
	{"kill server", func(s *trouble, _ *fleettest.Host, _ int) { s.kill("gemba-server --state") }},
	{"interrupt", func(_ *trouble, _ *fleettest.Host, pid int) { _ = syscall.Kill(pid, syscall.SIGINT) }},
	{"kill command", func(_ *trouble, _ *fleettest.Host, pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }},
	{"power off", func(s *trouble, h *fleettest.Host, _ int) { h.Kill(s); h.Start(s) }},
	{"short cut", func(s *trouble, h *fleettest.Host, _ int) { h.Cut(s); time.Sleep(2 * time.Second); h.Mend(s) }},
	{"long cut", func(s *trouble, h *fleettest.Host, _ int) { h.Cut(s); time.Sleep(17 * time.Second); h.Mend(s) }},
}

// round applies one version through one harm, and once more.
func (s *trouble) round(host *fleettest.Host, random *rand.Rand, n int) (name, version string) {
	s.Helper()
	version = fmt.Sprintf("v%d", n)
	s.declare(strings.ReplaceAll(staged(version), "sleep 0.6", "sleep 0.2"))
	command, out, talk := s.start("apply", "--yes")
	time.Sleep(time.Duration(random.IntN(2500)) * time.Millisecond)
	what := harm[random.IntN(len(harm))]
	what.do(s, host, command.Process.Pid)
	_ = command.Wait()
	s.reached(host)
	s.noWorker(host)
	s.until(host, "! pgrep -f 'sh -c echo [0-9]-' >/dev/null")
	if again := s.gemba("apply", "--yes"); again.code != 0 {
		s.Errorf("round %d, %s: %s\nafter\n%s%s", n, what.name, again, out, talk)
	}
	return what.name, version
}
