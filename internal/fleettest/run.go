package fleettest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Run runs a command on the host as root, beside its network, and returns what
// it printed. The error has what it said at stderr, and wraps an
// exec.ExitError when the command failed.
func (h *Host) Run(ctx context.Context, argv ...string) (stdout string, err error) {
	return h.run(ctx, nil, argv...)
}

// Put writes a file on the host, whole or not at all, and makes its directory.
func (h *Host) Put(t testing.TB, path string, content []byte, mode fs.FileMode) {
	t.Helper()
	script := `set -e; mkdir -p "$(dirname "$1")"; cat >"$1.put"; chmod "$2" "$1.put"; mv -fT "$1.put" "$1"`
	if _, err := h.run(t.Context(), bytes.NewReader(content), "sh", "-c", script, "sh", path, fmt.Sprintf("%o", mode.Perm())); err != nil {
		t.Fatalf("put %s on %s: %v", path, h.Name, err)
	}
}

func (h *Host) run(ctx context.Context, stdin io.Reader, argv ...string) (string, error) {
	init, err := h.seat.init()
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, "nsenter", append([]string{"--target", strconv.Itoa(init), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"}, argv...)...)
	command.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = stdin, &stdout, &stderr
	// The command is a child of nsenter: both have to go when the context ends.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = 2 * time.Second
	if err := command.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %s: %w: %s", h.Name, strings.Join(argv, " "), err, tail(stderr.String()))
	}
	return stdout.String(), nil
}

// init is the first process of the host, by its number on this machine.
func (s seat) init() (int, error) {
	pids, err := s.pids()
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has just ended
		}
		_, rest, _ := strings.Cut(string(status), "\nNSpid:")
		line, _, _ := strings.Cut(rest, "\n")
		if numbers := strings.Fields(line); len(numbers) == 2 && numbers[1] == "1" {
			return pid, nil
		}
	}
	return 0, fmt.Errorf("%s is off", s.name())
}
