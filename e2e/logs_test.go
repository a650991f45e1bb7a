package e2e

import (
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestTheLogOfARunIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"gemba.hcl": building("run = \"for i in 1 2 3; do echo line $i; sleep 0.2; done\"\n    output = [\"toy\", \"mode\"]")})
	w.must(0, "ship", "--detach")
	s := w.must(0, "logs", "--run", "1", "--follow")
	w.says(s, "line 1", "line 2", "line 3", "production", "web is healthy")
	s = w.must(0, "logs", "--run", "1", "--follow", "--step", "build")
	w.says(s, "line 3")
	if strings.Contains(s.out, "healthy") {
		t.Errorf("other steps are shown too:\n%s", s)
	}
}

func TestTheLogsOfAServiceAreFollowedFromReleaseToRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"mode": "tell=GREETING\n"})
	w.must(0, "ship")
	command, out, _ := w.start("logs", "toy", "--environment", "production", "--follow")
	w.write("mode", "tell=ANOTHER\n")
	w.commit("Tell another")
	w.must(0, "ship")
	w.eventually("the new release's line", func() bool {
		return strings.Contains(w.must(0, "logs", "toy", "--environment", "production").out, "ANOTHER is")
	})
	w.must(0, "logs", "toy") // of both environments
	w.eventually("it is followed", func() bool { return strings.Contains(out.String(), "ANOTHER is") })
	_ = command.Process.Signal(syscall.SIGINT)
	_ = command.Wait()
}

func TestLogsAreInTheOrderOfTheirTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	w.must(0, "ship")
	var times []string
	for line := range strings.Lines(w.must(0, "logs", "--run", "1", "-n", "-1").out) {
		at, _, _ := strings.Cut(line, "\t")
		times = append(times, strings.TrimSuffix(at, "Z"))
	}
	if len(times) < 5 || !slices.IsSorted(times) {
		t.Errorf("the times are %q", times)
	}
}
