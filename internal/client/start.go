package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/api/contract"
)

// Home is where a server lives.
type Home struct {
	State  string // absolute path of the state directory
	Server string // path of gemba-server
}

// Socket is where the home's server answers.
func (h Home) Socket() string {
	return contract.Socket(contract.RuntimeDir(h.State, os.Getuid(), os.Getenv))
}

// Connect returns a client of the server that runs, or an Unavailable error when none does.
func (h Home) Connect(ctx context.Context) (*Client, gemba.Server, error) {
	c := New(h.Socket())
	server, err := c.Server(ctx)
	return c, server, err
}

// Start returns a client of the home's server, starting one when none runs, and makes an older one become
// the executable that lies beside this one. The server outlives the command.
func (h Home) Start(ctx context.Context) (*Client, error) {
	c, server, err := h.Connect(ctx)
	switch {
	case err == nil:
		return c, h.renew(ctx, c, server)
	case gemba.CodeOf(err) != gemba.Unavailable:
		return nil, err
	}
	return h.begin(ctx)
}

// begin starts a server. Where the state directory is in use, its server has just begun, for another command, or is
// about to end: either is waited for.
func (h Home) begin(ctx context.Context) (*Client, error) {
	for until := time.Now().Add(patience); ; {
		failed := h.launch(ctx)
		if failed == nil {
			return New(h.Socket()), nil
		}
		if gemba.CodeOf(failed) != gemba.Conflict || time.Now().After(until) {
			return nil, failed
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if c, _, err := h.Connect(ctx); err == nil {
			return c, nil
		}
	}
}

// patience is how long a state directory may be in use by a server that does not answer. One that ends needs two seconds at most.
const patience = 6 * time.Second

// launch starts a server in a session of its own and waits until it answers or says why it does not.
func (h Home) launch(ctx context.Context) error {
	if err := os.MkdirAll(h.State, 0o700); err != nil {
		return gemba.Fail(gemba.Forbidden, "the state directory cannot be made", err.Error(), "choose another with --state DIR")
	}
	log, err := os.OpenFile(filepath.Join(h.State, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return gemba.Fail(gemba.Forbidden, "the state directory cannot be written", err.Error(), "choose another with --state DIR")
	}
	defer log.Close()
	ready, tell, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("making a pipe: %w", err)
	}
	defer ready.Close()
	server := exec.Command(h.Server, "--state", h.State, "--ready-fd", "3")
	server.Stdout, server.Stderr, server.ExtraFiles = log, log, []*os.File{tell}
	server.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	server.Dir = "/"
	err = server.Start()
	tell.Close()
	if err != nil {
		return gemba.Fail(gemba.Unavailable, "the server cannot be started", err.Error(), "gemba, gemba-server, gemba-edge and gemba-worker have to lie in one directory")
	}
	go server.Wait() // a server that ends at once is no zombie of ours
	return await(ctx, ready, log.Name())
}

// await reads the server's first words: "ok", or an error as JSON.
func await(ctx context.Context, ready *os.File, log string) error {
	stop := context.AfterFunc(ctx, func() { ready.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	ready.SetReadDeadline(time.Now().Add(30 * time.Second))
	line, err := bufio.NewReader(ready).ReadString('\n')
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if strings.TrimSpace(line) == "ok" {
		return nil
	}
	failure := &gemba.Error{}
	if json.Unmarshal([]byte(line), failure) == nil && failure.What != "" {
		return failure
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return gemba.Fail(gemba.Unavailable, "the server did not become ready in 30 s", err.Error(), "see "+log)
	}
	return gemba.Fail(gemba.Unavailable, "the server ended at once", "", "see "+log)
}

// renew makes a server that was started from another build become the one beside this command.
func (h Home) renew(ctx context.Context, c *Client, server gemba.Server) error {
	info, err := os.Stat(h.Server)
	if err != nil || server.Executable.Same(info.ModTime(), info.Size()) || !info.ModTime().After(server.Executable.Modified) {
		return nil
	}
	if err := c.Reexec(ctx, h.Server); err != nil {
		return fmt.Errorf("renewing the server: %w", err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if now, err := c.Server(ctx); err == nil && now.Executable.Same(info.ModTime(), info.Size()) {
			return nil
		}
	}
	return gemba.Fail(gemba.Unavailable, "the server did not come back after it was renewed", "", "see "+filepath.Join(h.State, "server.log"))
}
