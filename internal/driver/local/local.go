// Package local reaches this machine as a host: the worker is a process beside the server.
package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"gemba"
	"gemba/internal/converge"
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
	s := &session{command: command}
	command.Stderr = &s.said
	var err error
	if s.in, err = command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	if s.out, err = command.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, gemba.Fail(gemba.Unavailable, "the worker cannot be started on this machine", err.Error(), "gemba doctor")
	}
	return s, nil
}

// Close implements converge.Link.
func (l *Link) Close() error { return nil }

type session struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     io.ReadCloser
	said    bytes.Buffer
	ended   sync.Once
	err     error
}

func (s *session) Read(p []byte) (int, error)  { return s.out.Read(p) }
func (s *session) Write(p []byte) (int, error) { return s.in.Write(p) }
func (s *session) CloseWrite() error           { return s.in.Close() }

func (s *session) Wait() error {
	s.ended.Do(func() { s.err = s.command.Wait() })
	err := s.err
	if err == nil {
		return nil
	}
	said := strings.TrimSpace(s.said.String())
	try := ""
	if strings.HasPrefix(said, "sudo:") {
		try = "run the server as root, or allow it sudo without a password"
	}
	return gemba.Fail(gemba.Unavailable, "the worker on this machine ended: "+err.Error(), said, try)
}

// Close tells the worker that nobody listens any more, and leaves it to end what it has in hand.
func (s *session) Close() error {
	go func() { _ = s.Wait() }()
	return errors.Join(s.in.Close(), s.out.Close())
}
