package worker

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// killPatience bounds how long what was killed may take to go; a process in
// an uninterruptible wait may take for ever.
const killPatience = 10 * time.Second

// killDescendants kills everything below this process, also what made a
// session of its own: orphans are adopted here, so nothing falls out of the
// tree. It returns when nothing is left.
func killDescendants() error {
	deadline := time.Now().Add(killPatience)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		if reapAll() {
			return nil
		}
		pids, err := descendants(os.Getpid())
		if err != nil {
			return err
		}
		for _, pid := range pids {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		if reapAll() {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v were killed and do not end", pids)
		}
		time.Sleep(pause)
	}
}

// reapAll takes the exits of children that ended; none is true when there is no child left.
func reapAll() (none bool) {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return errors.Is(err, unix.ECHILD)
		case pid == 0:
			return false
		}
	}
}

// descendants lists the processes below root that have not ended.
func descendants(root int) ([]int, error) {
	children, err := childrenByParent()
	if err != nil {
		return nil, err
	}
	var found []int
	for next := []int{root}; len(next) > 0; next = next[1:] {
		found = append(found, children[next[0]]...)
		next = append(next, children[next[0]]...)
	}
	return found, nil
}

// childrenByParent reads every process of /proc once.
func childrenByParent() (map[int][]int, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	children := make(map[int][]int)
	for _, name := range names {
		if strings.Trim(name, "0123456789") != "" {
			continue
		}
		content, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // it ended meanwhile
		}
		stat, err := wire.ParseStat(content)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(name)
		children[stat.Parent] = append(children[stat.Parent], pid)
	}
	return children, nil
}
