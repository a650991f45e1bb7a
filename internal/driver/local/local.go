// Package local reaches this machine as a host: the worker is a process beside the server.
package local

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/driver/child"
)

// Link implements converge.Link for this machine.
type Link struct{ worker, state string }

// New returns the link to this machine; worker is the path of the worker's executable, state where it keeps what it has to
// remember of this machine: "" is where every host does.
func New(worker, state string) *Link { return &Link{worker, state} }

// Worker implements converge.Link. Who is not root needs sudo that asks nothing.
func (l *Link) Worker(_ context.Context, args ...string) (converge.Session, error) {
	argv := append([]string{l.worker}, args...)
	if l.state != "" && args[0] != "facts" {
		argv = append(argv, "--state", l.state)
	}
	if os.Getuid() != 0 {
		argv = append([]string{"sudo", "-n", "--"}, argv...)
	}
	command := exec.Command(argv[0], argv[1:]...) // whoever gives up closes the session: the worker then ends what it has in hand
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // an interrupt of the terminal is not the worker's
	worker, err := child.Start(command)
	if err != nil {
		return nil, gemba.Fail(gemba.Unavailable, "the worker cannot be started on this machine", err.Error(), "gemba doctor")
	}
	return &session{worker}, nil
}

// Close implements converge.Link.
func (l *Link) Close() error { return nil }

type session struct{ *child.Worker }

func (s *session) Wait() error {
	said, err := s.End()
	if err == nil {
		return nil
	}
	try := ""
	if strings.HasPrefix(said, "sudo:") {
		try = "run the server as root, or allow it sudo without a password"
	}
	return gemba.Fail(gemba.Unavailable, "the worker on this machine ended: "+err.Error(), said, try)
}

// Close tells the worker that nobody listens any more, and leaves it to end what it has in hand.
func (s *session) Close() error {
	go func() { _ = s.Wait() }()
	return errors.Join(s.CloseWrite(), s.CloseRead())
}
