package fleettest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
)

// rebooted is the code with which systemd-nspawn asks to be started again.
const rebooted = 133

// start switches the host on and waits until its sshd answers.
func (h *Host) start() error {
	if err := h.switchOn(); err != nil {
		return err
	}
	return h.awaitSSH(0)
}

// switchOn launches the container, again whenever it reboots.
func (h *Host) switchOn() error {
	if h.isOn() {
		return fmt.Errorf("%s is on", h.Name)
	}
	h.mu.Lock()
	h.halting = false
	h.mu.Unlock()
	container, err := h.launch()
	if err != nil {
		return err
	}
	off := make(chan struct{})
	h.mu.Lock()
	h.off = off
	h.mu.Unlock()
	go func() {
		defer close(off)
		for {
			_ = container.Wait()
			if container.ProcessState.ExitCode() != rebooted {
				return
			}
			if container, err = h.launch(); err != nil {
				h.complain(err)
				return
			}
		}
	}()
	return nil
}

func (h *Host) isOn() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.off:
		return false
	default:
		return true
	}
}

// launch starts systemd-nspawn in the control groups of the host.
func (h *Host) launch() (*exec.Cmd, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.halting {
		return nil, errors.New("it is being halted")
	}
	if err := h.seat.removeLink(); err != nil {
		return nil, err
	}
	groups, err := h.seat.makeGroups()
	if err != nil {
		return nil, err
	}
	console, err := h.openConsole()
	if err != nil {
		return nil, err
	}
	defer console.Close()
	join := `set -e; while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"`
	args := append([]string{"-c", join, "sh"}, groups...)
	args = append(args, "--", "systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--settings=no", "--link-journal=no",
		"--resolv-conf=off", "--timezone=off", "--machine="+h.Name, "--directory="+h.Root(), "--network-bridge="+bridge)
	command := exec.Command("sh", args...)
	command.Stdout, command.Stderr = console, console
	// A signal to the tests, as of Ctrl-C, is not for the host.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return command, command.Start()
}

// halt kills all processes of the host, and waits until it is off.
func (h *Host) halt() error {
	h.mu.Lock()
	h.halting = true
	off := h.off
	h.mu.Unlock()
	if err := h.seat.killGroup(); err != nil {
		return err
	}
	<-off
	return h.seat.removeLink()
}

func (h *Host) reboot(ctx context.Context) error {
	before, err := h.seat.init()
	if err != nil {
		return err
	}
	// The command may be ended by what it asks for.
	if _, err := h.Run(ctx, "systemctl", "reboot"); err != nil && syscall.Kill(before, 0) == nil {
		return err
	}
	return h.awaitSSH(before)
}
