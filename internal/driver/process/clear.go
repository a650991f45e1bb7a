package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/wire"
)

// Clear makes certain that no process of the supervisor is left, by force: the
// supervisor itself, what carries its mark, what is in its program's session,
// and all that descends from these. It looks until it finds nothing. A
// process that is left after ctx is a gemba.Error with Unavailable.
func (p *Supervisor) Clear(ctx context.Context) error { return p.clear(ctx) }

// clearRest clears an ID that begins anew after its supervisor was killed.
// One that lives or has ended well is left alone.
func (p *Supervisor) clearRest(ctx context.Context) error {
	unlock, err := p.lockEnded()
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errAlive) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := p.readExit(); err == nil {
		return nil
	}
	return p.clear(ctx)
}

func (p *Supervisor) clear(ctx context.Context) error {
	status, err := p.readStatus()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		status = wire.Status{} // cut short: the marks have to do
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return fmt.Errorf("clear %s: %w", p.id, err)
	}
	if strings.TrimSpace(string(boot)) != status.Supervisor.Boot {
		status = wire.Status{} // its processes ended with that boot
	}
	mark := []byte(wire.Mark(p.id, p.dir))
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left, err := remains(status, mark)
		if err != nil {
			return fmt.Errorf("clear %s: %w", p.id, err)
		}
		if len(left) == 0 {
			return nil
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		select {
		case <-ctx.Done():
			return gemba.Fail(gemba.Unavailable, "clear "+p.id, fmt.Sprintf("processes %v do not end", left), "")
		case <-time.After(pause):
		}
	}
}

// remains lists the living processes that belong to a supervisor.
func remains(status wire.Status, mark []byte) ([]int, error) {
	processes, err := list()
	if err != nil {
		return nil, err
	}
	belongs := make(map[int]bool)
	for pid, stat := range processes {
		switch {
		case stat.State == 'Z':
		case is(status.Supervisor, pid, stat), marked(pid, mark), inSession(status.Child, stat, processes):
			belongs[pid] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for pid, stat := range processes {
			if stat.State != 'Z' && !belongs[pid] && belongs[stat.Parent] {
				belongs[pid], grown = true, true
			}
		}
	}
	delete(belongs, os.Getpid())
	var pids []int
	for pid := range belongs {
		pids = append(pids, pid)
	}
	return pids, nil
}

func is(identity wire.Identity, pid int, stat wire.Stat) bool {
	return identity.PID == pid && identity.Start == stat.Start
}

// inSession reports whether a process is of the session that child led. The
// number of a session is not given away while a member lives; a leader with
// another start means that it was, after the last one ended.
func inSession(child *wire.Identity, stat wire.Stat, processes map[int]wire.Stat) bool {
	if child == nil || child.PID == 0 || stat.Session != child.PID || stat.Start < child.Start {
		return false
	}
	leader, ok := processes[child.PID]
	return !ok || leader.Start == child.Start
}

// marked reports whether a process was started with the mark. Processes of
// others, whose environment may not be read, are none of ours.
func marked(pid int, mark []byte) bool {
	environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return false
	}
	for entry := range bytes.SplitSeq(environment, []byte{0}) {
		if bytes.Equal(entry, mark) {
			return true
		}
	}
	return false
}

// list reads the processes of this machine.
func list() (map[int]wire.Stat, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	processes := make(map[int]wire.Stat)
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		content, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		if err != nil {
			continue // it ended meanwhile
		}
		if stat, err := wire.ParseStat(content); err == nil {
			processes[pid] = stat
		}
	}
	return processes, nil
}
