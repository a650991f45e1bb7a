package fleettest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cgroupMounts are the hierarchies in which systemd keeps its services. A host
// has a group of its own in each: two systemds in one group would take each
// other's processes for their own, and the group tells what belongs to a host.
func cgroupMounts() ([]string, error) {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, fmt.Errorf("find the control groups: %w", err)
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if fields[2] == "cgroup2" || fields[2] == "cgroup" && strings.Contains(fields[3], "name=systemd") {
			found = append(found, fields[1])
		}
	}
	return found, nil
}

// groups are the control groups of the seat, existing or not.
func (s seat) groups() ([]string, error) {
	mounts, err := cgroupMounts()
	for i, mount := range mounts {
		mounts[i] = filepath.Join(mount, "gemba-fleet", s.name())
	}
	return mounts, err
}

func (s seat) makeGroups() ([]string, error) {
	groups, err := s.groups()
	for _, group := range groups {
		err = errors.Join(err, os.MkdirAll(group, 0o755))
	}
	return groups, err
}

// pids are the processes of the seat, those in containers and those around.
func (s seat) pids() ([]int, error) {
	groups, err := s.groups()
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, group := range groups {
		_ = filepath.WalkDir(group, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Base(path) != "cgroup.procs" {
				return nil // a group that ends while we look has no processes
			}
			text, _ := os.ReadFile(path)
			for _, field := range strings.Fields(string(text)) {
				if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
					pids = append(pids, pid)
				}
			}
			return nil
		})
	}
	return pids, nil
}

// killGroup kills all processes of the seat, also those that are only now
// joining it, waits until they are gone, and removes its control groups.
func (s seat) killGroup() error {
	groups, err := s.groups()
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		pids, err := s.pids()
		if err != nil {
			return err
		}
		for _, pid := range pids {
			err = fmt.Errorf("process %d outlives SIGKILL", pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		if len(pids) == 0 {
			for _, group := range groups {
				err = errors.Join(err, removeGroup(group))
			}
			if err == nil {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("end %s: %w", s.name(), err)
		}
	}
}

// removeGroup removes a control group with those in it: only directories can be removed.
func removeGroup(group string) error {
	entries, err := os.ReadDir(group)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if entry.IsDir() {
			err = errors.Join(err, removeGroup(filepath.Join(group, entry.Name())))
		}
	}
	if failed := syscall.Rmdir(group); failed != nil && failed != syscall.ENOENT {
		err = errors.Join(err, fmt.Errorf("remove %s: %w", group, failed))
	}
	return err
}
