package fleettest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

func TestNothingIsLeft(t *testing.T) {
	var hosts []*Host
	t.Run("hosts", func(t *testing.T) {
		hosts = Boot(t, 2).Hosts
		hosts[0].Delay(t, time.Millisecond)
		hosts[1].Cut(t)
	})
	for _, host := range hosts {
		host.leavesNothing(t)
	}
}

// Other processes boot hosts meanwhile, and none takes another's.
func TestProcessesBootAtOnce(t *testing.T) {
	if again() {
		var names []string
		for _, host := range Boot(t, 2).Hosts {
			names = append(names, host.Name, strings.TrimSpace(must(t, host, "hostname")))
		}
		note(t, strings.Join(names, " "))
		return
	}
	require(t)
	var group errgroup.Group
	said := make([]string, 3)
	for i := range said {
		group.Go(func() (err error) { said[i], err = child(t); return err })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, name := range strings.Fields(strings.Join(said, " ")) {
		count[name]++
	}
	for name, n := range count {
		if n != 2 { // by its seat, and by itself
			t.Errorf("%s is named %d times in %q", name, n, said)
		}
	}
}

// The hosts of a test process that was killed are swept by the next.
func TestHostsOfTheDeadAreSwept(t *testing.T) {
	if again() {
		note(t, Boot(t, 1).Hosts[0].Name)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	require(t)
	name, err := child(t)
	if name == "" {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(strings.TrimPrefix(name, "gf"))
	if err != nil {
		t.Fatal(err)
	}
	orphan := newHost(seat{number: number})
	if !orphan.greets() {
		t.Errorf("%s did not outlive its owner: nothing to sweep", name)
	}
	if err := sweep(); err != nil {
		t.Fatal(err)
	}
	orphan.leavesNothing(t)
}

const noteVariable = "FLEETTEST_NOTE"

// again says whether this process is the child of a test that starts itself.
func again() bool { return os.Getenv(noteVariable) != "" }

// note tells the parent something.
func note(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(os.Getenv(noteVariable), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// child runs this test in a process of its own, and returns what it noted.
func child(t *testing.T) (string, error) {
	path := filepath.Join(t.TempDir(), "note")
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), noteVariable+"="+path)
	out, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	text, _ := os.ReadFile(path)
	return string(text), err
}

func (h *Host) leavesNothing(t *testing.T) {
	t.Helper()
	mounts, _ := os.ReadFile("/proc/self/mounts")
	if strings.Contains(string(mounts), h.Root()+" ") {
		t.Errorf("%s is still mounted", h.Root())
	}
	pids, err := h.seat.pids()
	if len(pids) > 0 || err != nil {
		t.Errorf("processes %v of %s remain, %v", pids, h.Name, err)
	}
	groups, _ := h.seat.groups()
	for _, path := range append(groups, h.seat.dir(), "/sys/class/net/"+h.seat.link(), "/sys/class/net/vd-"+h.Name) {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s remains", path)
		}
	}
	lines, _ := filepath.Glob("/proc/*/cmdline")
	for _, line := range lines {
		if text, _ := os.ReadFile(line); strings.Contains(string(text), "--machine="+h.Name+"\x00") {
			t.Errorf("%s remains: %q", line, text)
		}
	}
}
