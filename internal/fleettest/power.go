package fleettest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// patience is how long a host may take to boot on a busy machine.
const patience = 3 * time.Minute

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
				return
			}
		}
	}()
	return nil
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
	console, err := os.OpenFile(h.console(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
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
	if off != nil {
		<-off
	}
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

// awaitSSH waits until sshd answers under another init than the one before.
func (h *Host) awaitSSH(before int) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-h.off:
			return fmt.Errorf("%s ended while it booted: %s", h.Name, h.lastWords())
		case <-time.After(30 * time.Millisecond):
		}
		if init, err := h.seat.init(); err == nil && init != before && serves(init) && h.greets() {
			return nil
		}
	}
	return fmt.Errorf("sshd of %s does not answer after %s: %s", h.Name, patience, h.lastWords())
}

// serves says whether a network with a way out and a listener at port 22 exist
// where the process is. Asking by the network too early would make this
// machine remember for a second that the address does not answer.
func serves(pid int) bool {
	routes, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/route", pid))
	sockets, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	return strings.Contains(string(routes), "host0\t00000000") && strings.Contains(string(sockets), ":0016 00000000:0000 0A")
}

// greets says whether sshd answers from the network.
func (h *Host) greets() bool {
	connection, err := net.DialTimeout("tcp", net.JoinHostPort(h.Address, "22"), time.Second)
	if err != nil {
		return false
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	line, err := bufio.NewReader(connection).ReadString('\n')
	return err == nil && strings.HasPrefix(line, "SSH-")
}

func (h *Host) console() string { return filepath.Join(h.seat.dir(), "console.log") }

func (h *Host) lastWords() string {
	text, _ := os.ReadFile(h.console())
	return tail(string(text))
}
