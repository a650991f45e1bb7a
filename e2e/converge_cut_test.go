package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gemba/internal/fleettest"
)

// staged is a profile in three steps that leave a line each in /srv/s/done when they begin and take a while; after the first a file is
// changed of which a unit has to be told, after the second that is told. What the unit has read is in /srv/s/starts.
func staged(conf string) string {
	step := func(n int, requires string) string {
		return fmt.Sprintf("  command \"step-%[1]d\" {\n    run      = [\"sh\", \"-c\", \"echo %[1]d-%[2]s >>/srv/s/done; sleep 0.6\"]\n    unless   = [\"grep\", \"-qx\", \"%[1]d-%[2]s\", \"/srv/s/done\"]\n    requires = [%[3]s]\n  }\n", n, conf, requires)
	}
	return "  directory \"/srv/s\" {}\n" + step(1, `directory["/srv/s"]`) +
		"  file \"/srv/s/conf\" {\n    content  = \"" + conf + "\\n\"\n    requires = [command[\"step-1\"]]\n    notify   = [unit.toy]\n  }\n" +
		step(2, `file["/srv/s/conf"]`) +
		"  unit \"toy\" {\n    content  = \"[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/sh -c 'cat /srv/s/conf >>/srv/s/starts'\\n\"\n    running  = true\n    requires = [command[\"step-2\"]]\n  }\n" +
		step(3, "unit.toy")
}

// moments are how far an apply of a staged profile is.
var moments = []struct{ name, reached string }{
	{"before anything was changed", ""},
	{"in the first step", "grep -qx 1-two /srv/s/done"},
	{"after the file, before the unit was told", "grep -qx 2-two /srv/s/done"},
	{"after the unit was told", "grep -qx two /srv/s/starts && ! ls /var/lib/gemba/notes | grep -q ."}, // whoever is killed before the note is gone tells it again
	{"in the last step", "grep -qx 3-two /srv/s/done"},
}

// until waits for a moment on a host.
func (s *trouble) until(h *fleettest.Host, script string) {
	s.eventually(h.Name+" has reached "+script, func() bool {
		_, err := h.Run(s.Context(), "sh", "-c", script)
		return err == nil
	})
}

// reached waits until a host that was cut off is reached again.
func (s *trouble) reached(h *fleettest.Host) {
	s.eventually(h.Name+" is reached again", func() bool {
		c, err := net.DialTimeout("tcp", h.Address+":22", time.Second)
		return err == nil && c.Close() == nil
	})
}

// once holds that a host is as declared, and that nothing was done twice that was done.
func (s *trouble) once(h *fleettest.Host, when string) {
	s.Helper()
	if got := s.on(h, "cat /srv/s/conf; cat /srv/s/done /srv/s/starts | sort | tr '\\n' ' '; ls /var/lib/gemba/notes | wc -l"); got != "two\n1-one 1-two 2-one 2-two 3-one 3-two one two 0" {
		s.Errorf("%s: %s has %q", when, h.Name, got)
	}
}

// noWorker waits until no worker is on the host.
func (s *trouble) noWorker(h *fleettest.Host) {
	s.until(h, "! pgrep -x gemba-worker >/dev/null")
}

func TestALinkThatIsCutAtAnyStageIsMadeGood(t *testing.T) {
	long(t)
	s := newTrouble(t, len(moments))
	s.declare(staged("one"))
	s.must(0, "apply", "--yes")
	s.declare(staged("two"))
	plan := s.plan()
	command, out, talk := s.start("apply", "--plan", fmt.Sprint("p-", plan.ID))
	var together sync.WaitGroup
	for i, h := range s.fleet.Hosts {
		together.Go(func() {
			if moments[i].reached != "" {
				s.until(h, moments[i].reached)
			}
			h.Cut(s)
		})
	}
	together.Wait()
	err := command.Wait()
	got := said{out.String(), talk.String(), command.ProcessState.ExitCode()}
	if err == nil {
		s.Fatalf("nobody missed the network:\n%s", got)
	}
	s.says(got, "is dead", "nothing has come from the host", "Not as declared:")
	s.silent(got, "5 hosts: 0 changed")
	for _, h := range s.fleet.Hosts {
		s.noWorker(h) // it has noticed as well
		h.Mend(s)
		s.reached(h)
	}
	s.must(0, "apply", "--yes")
	for i, h := range s.fleet.Hosts {
		s.once(h, "cut "+moments[i].name)
	}
	s.must(0, "drift")
}

func TestAWorkerThatIsKilledAtAnyStageIsMadeGood(t *testing.T) {
	long(t)
	s := newTrouble(t, len(moments)-1)
	s.declare(staged("one"))
	s.must(0, "apply", "--yes")
	s.declare(staged("two"))
	command, out, talk := s.start("apply", "--yes")
	var together sync.WaitGroup
	for i, h := range s.fleet.Hosts {
		together.Go(func() {
			s.until(h, moments[i+1].reached)
			s.on(h, "pkill -9 -x gemba-worker")
		})
	}
	together.Wait()
	_ = command.Wait()
	s.says(said{out.String(), talk.String(), command.ProcessState.ExitCode()}, "ended by signal KILL", "Not as declared:")
	time.Sleep(time.Second) // what it was running ends
	s.must(0, "apply", "--yes")
	for i, h := range s.fleet.Hosts {
		s.once(h, "killed "+moments[i+1].name)
	}
	s.must(0, "drift")
}

func TestAServerThatIsKilledDuringAnApplyIsMadeGood(t *testing.T) {
	long(t)
	s := newTrouble(t, 1)
	host := s.fleet.Hosts[0]
	s.declare(staged("one"))
	s.must(0, "apply", "--yes")
	s.declare(staged("two"))
	command, _, _ := s.start("apply", "--yes")
	s.until(host, moments[2].reached)
	s.kill("gemba-server --state")
	if err := command.Wait(); err == nil {
		t.Error("the command did not notice")
	}
	s.noWorker(host)
	if steps := s.on(host, "cat /srv/s/done"); strings.Contains(steps, "3-two") {
		t.Error("more was begun")
	}
	s.must(0, "apply", "--yes")
	s.once(host, "the server killed")
}

func TestAnInterruptedCommandEndsWhatIsInHandAndBeginsNoMore(t *testing.T) {
	long(t)
	s := newTrouble(t, 1)
	host := s.fleet.Hosts[0]
	s.declare(staged("one"))
	s.must(0, "apply", "--yes")
	s.declare(strings.ReplaceAll(staged("two"), "sleep 0.6", "sleep 1; echo ended >/srv/s/ended"))
	command, out, talk := s.start("apply", "--yes")
	s.until(host, moments[1].reached)
	if err := syscall.Kill(command.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	s.says(said{out.String(), talk.String(), command.ProcessState.ExitCode()}, "it was interrupted", "run the same command again")
	s.noWorker(host)
	if got := s.on(host, "cat /srv/s/ended /srv/s/conf; tail -n 1 /srv/s/done"); got != "ended\none\n1-two" {
		t.Errorf("%q", got)
	}
	s.must(0, "apply", "--yes")
	s.once(host, "interrupted")
}

func TestAHostThatLosesPowerBeforeARestartIsMadeGood(t *testing.T) {
	long(t)
	s := newTrouble(t, 1)
	host := s.fleet.Hosts[0]
	s.declare(staged("one"))
	s.must(0, "apply", "--yes")
	// The unit is started with the system, and late: what it read before is what it has.
	s.declare(staged("two"))
	command, _, _ := s.start("apply", "--yes")
	s.until(host, moments[2].reached)
	host.Kill(t)
	_ = command.Wait()
	host.Start(t)
	s.on(host, "echo one >/srv/s/starts; systemctl is-active toy || (cp /srv/s/conf /srv/s/kept; echo one >/srv/s/conf; systemctl start toy; cp /srv/s/kept /srv/s/conf; rm /srv/s/kept; echo one >/srv/s/starts)")
	s.says(s.must(0, "apply", "--yes"), "unit toy restart, because of file./srv/s/conf")
	s.once(host, "the power lost")
	s.must(0, "drift")
}

func TestTwoServersTakeTurnsOnAHost(t *testing.T) {
	t.Parallel()
	s := newTrouble(t, 1)
	host := s.fleet.Hosts[0]
	s.declare(staged("one"))
	other := &trouble{s.beside("other", map[string]string{"gemba.hcl": ""}), s.fleet}
	other.declare(staged("one") + "  file \"/etc/motd\" {\n    content = \"Second.\\n\"\n  }")
	known, err := os.ReadFile(filepath.Join(s.dir, ".gemba", "known_hosts"))
	if err != nil {
		t.Fatal(err)
	}
	s.put(filepath.Join(s.home, ".ssh", "known_hosts"), string(known))
	defer other.gemba("down")
	plan := other.of(t).plan()
	command, _, _ := s.start("apply", "--yes")
	s.until(host, "grep -qx 1-one /srv/s/done")
	second, out, _ := other.start("apply", "--plan", fmt.Sprint("p-", plan.ID))
	s.eventually("the second waits and names the first", func() bool {
		return strings.Contains(out.String(), "waits: the host is in the hands of") && strings.Contains(out.String(), "from "+s.dir)
	})
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
	// What it was to do is bound to the host as it was: it is not done, and said why.
	if err := second.Wait(); err == nil {
		t.Error("a plan was applied to a host that has changed")
	}
	s.says(said{out: out.String()}, "has changed since the plan was made", "nothing was applied")
	other.must(0, "apply", "--yes")
	if got := s.on(host, "cat /etc/motd; sort /srv/s/done | tr '\\n' ' '"); got != "Second.\n1-one 2-one 3-one" {
		t.Errorf("%q", got)
	}
}

func TestASavedPlanIsRefusedOnceTheHostHasChanged(t *testing.T) {
	t.Parallel()
	s := newTrouble(t, 1)
	host := s.fleet.Hosts[0]
	s.declare("  file \"/etc/a\" {\n    content = \"a\\n\"\n  }\n  file \"/etc/b\" {\n    content = \"b\\n\"\n  }")
	plan := s.plan()
	s.on(host, "echo by hand >/etc/b")
	s.says(s.must(1, "apply", "--plan", fmt.Sprint("p-", plan.ID)), "has changed since the plan was made: file./etc/b", "nothing was applied", "gemba plan")
	if got := s.on(host, "cat /etc/b; ls /etc/a 2>/dev/null; true"); got != "by hand" {
		t.Errorf("%q", got)
	}
}

func TestALargeFileIsHeldInMemoryNowhere(t *testing.T) {
	long(t)
	s := newTrouble(t, 2)
	path := filepath.Join(s.dir, "large")
	s.put(path, "")
	if err := os.Truncate(path, 200<<20); err != nil {
		t.Fatal(err)
	}
	s.declare("  file \"/srv/large\" {\n    source = \"large\"\n  }")
	// First the worker is killed: while it takes the file, and while it writes it.
	command, _, _ := s.start("apply", "--yes")
	var together sync.WaitGroup
	for i, moment := range []string{"ls -d /var/lib/gemba/bodies-*", "test -e /srv/.large.gemba-new"} {
		together.Go(func() {
			s.until(s.fleet.Hosts[i], moment+" || test -e /srv/large")
			s.on(s.fleet.Hosts[i], "pkill -9 -x gemba-worker || true")
		})
	}
	together.Wait()
	_ = command.Wait()
	command, _, _ = s.start("apply", "--yes")
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	most := 0
	for running := true; running; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
			for _, pid := range all("gemba-worker") {
				most = max(most, peak(pid))
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	server := peak(s.processes("gemba-server --state")[0])
	t.Logf("peaks: worker %d KiB, server %d KiB", most, server)
	if most == 0 || most > 64<<10 {
		t.Errorf("the worker took %d KiB", most)
	}
	if server > 150<<10 {
		t.Errorf("the server took %d KiB", server)
	}
	for _, h := range s.fleet.Hosts {
		if got := s.on(h, "stat -c %s /srv/large; ls -A /srv /var/lib/gemba | tr '\\n' ' '"); got != "209715200\n/srv: large  /var/lib/gemba: apply.lock undo worker" {
			t.Errorf("%q", got)
		}
	}
}

// all are the processes of a name on this machine, those of its hosts too.
func all(name string) []int {
	var found []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		text, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "comm"))
		if strings.TrimSpace(string(text)) == name {
			var pid int
			if _, err := fmt.Sscan(e.Name(), &pid); err == nil && strings.Contains(cmdline(pid), " converge") {
				found = append(found, pid)
			}
		}
	}
	return found
}

// peak is the most memory that a process had, in KiB; 0 when it is gone.
func peak(pid int) int {
	text, _ := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "status"))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kib int
	_, _ = fmt.Sscan(rest, &kib)
	return kib
}
