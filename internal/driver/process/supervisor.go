package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/wire"
)

// Supervisor is one supervisor, alive or not. Its methods may be called from
// several goroutines and from several processes.
type Supervisor struct {
	id     string
	dir    string
	socket string
}

// ID is that of the wire.Spec.
func (p *Supervisor) ID() string { return p.id }

// LogPath is where its log is; Follow reads it.
func (p *Supervisor) LogPath() string { return filepath.Join(p.dir, wire.LogFile) }

// Status asks the supervisor; a gemba.Error with Unavailable when it is gone.
func (p *Supervisor) Status(ctx context.Context) (wire.Status, error) {
	response, err := p.ask(ctx, wire.OpStatus)
	switch {
	case errors.Is(err, errGone):
		return wire.Status{}, gemba.Fail(gemba.Unavailable, "supervisor "+p.id, "it is gone", "")
	case err != nil:
		return wire.Status{}, err
	case response.Status == nil:
		return wire.Status{}, fmt.Errorf("supervisor %s answered no status: %s", p.id, response.Error)
	}
	return *response.Status, nil
}

// Wait returns how the program ended, once it has: told by the supervisor
// while it lives, else read from its record. One that died without a record is
// cleared first, and its exit has the reason "lost".
func (p *Supervisor) Wait(ctx context.Context) (wire.Exit, error) { return p.end(ctx, wire.OpWait) }

// Stop ends the program and returns how it ended. Where it has ended before,
// nothing changes.
func (p *Supervisor) Stop(ctx context.Context) (wire.Exit, error) { return p.end(ctx, wire.OpStop) }

// Remove removes its directory. A supervisor that lives is a gemba.Error with Conflict.
func (p *Supervisor) Remove() error {
	unlock, err := p.lockEnded()
	switch {
	case errors.Is(err, os.ErrNotExist):
	case errors.Is(err, errAlive):
		return gemba.Fail(gemba.Conflict, "remove supervisor "+p.id, "it lives", "stop it first")
	case err != nil:
		return fmt.Errorf("remove supervisor %s: %w", p.id, err)
	default:
		defer unlock()
	}
	_ = os.Remove(p.socket)
	return os.RemoveAll(p.dir)
}

var (
	errGone  = errors.New("the supervisor is gone")
	errAlive = errors.New("the supervisor lives")
)

// leaveWithin bounds how long a supervisor takes to leave once it recorded the end.
const leaveWithin = 5 * time.Second

// endAgain is how long to wait where a supervisor lives and does not yet, or
// no longer, answer.
const endAgain = 5 * time.Millisecond

// end asks for the exit until there is one.
func (p *Supervisor) end(ctx context.Context, op string) (wire.Exit, error) {
	for {
		response, err := p.ask(ctx, op)
		switch {
		case err == nil && response.Exit != nil:
			return *response.Exit, nil
		case err == nil:
			return wire.Exit{}, fmt.Errorf("supervisor %s answered no exit: %s", p.id, response.Error)
		case !errors.Is(err, errGone):
			return wire.Exit{}, err
		}
		exit, err := p.recorded(ctx)
		if !errors.Is(err, errAlive) {
			return exit, err
		}
		select {
		case <-ctx.Done():
			return wire.Exit{}, fmt.Errorf("wait for %s: %w", p.id, ctx.Err())
		case <-time.After(endAgain):
		}
	}
}

// recorded reads the exit of a supervisor that does not answer. Where it is
// dead and left none, the loss is recorded; errAlive where it lives.
func (p *Supervisor) recorded(ctx context.Context) (wire.Exit, error) {
	if exit, err := p.readExit(); err == nil || !errors.Is(err, os.ErrNotExist) {
		return exit, err
	}
	unlock, err := p.lock()
	switch {
	case errors.Is(err, os.ErrNotExist):
		return wire.Exit{}, gemba.Fail(gemba.NotFound, "there is no supervisor "+p.id, "its directory does not exist", "")
	case err != nil:
		return wire.Exit{}, err
	}
	defer unlock()
	if exit, err := p.readExit(); err == nil {
		return exit, nil // recorded between the first look and the lock
	}
	if err := p.clear(ctx); err != nil {
		return wire.Exit{}, err
	}
	return p.recordLoss()
}

func (p *Supervisor) readExit() (wire.Exit, error) {
	var exit wire.Exit
	content, err := os.ReadFile(filepath.Join(p.dir, wire.ExitFile))
	if err != nil {
		return exit, err
	}
	if err := json.Unmarshal(content, &exit); err != nil {
		return exit, fmt.Errorf("read the exit record of %s: %w", p.id, err)
	}
	return exit, nil
}

func (p *Supervisor) recordLoss() (wire.Exit, error) {
	exit := wire.Exit{Code: -1, Reason: "lost", Error: "its supervisor was killed", Finished: time.Now()}
	if status, err := p.readStatus(); err == nil {
		exit.Started, exit.Isolated, exit.Weakness = status.Since, status.Isolated, status.Weakness
	}
	if info, err := os.Stat(p.LogPath()); err == nil {
		exit.LogBytes = info.Size()
	}
	content, err := json.Marshal(exit)
	if err != nil {
		return exit, err
	}
	path := filepath.Join(p.dir, wire.ExitFile)
	if err := os.WriteFile(path+".lost", append(content, '\n'), 0o600); err != nil {
		return exit, fmt.Errorf("record the loss of %s: %w", p.id, err)
	}
	return exit, os.Rename(path+".lost", path)
}

func (p *Supervisor) readStatus() (wire.Status, error) {
	var status wire.Status
	content, err := os.ReadFile(filepath.Join(p.dir, wire.StatusFile))
	if err != nil {
		return status, err
	}
	return status, json.Unmarshal(content, &status)
}

// lock takes the place of the supervisor; errAlive when it lives.
func (p *Supervisor) lock() (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(p.dir, wire.LockFile), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, errAlive
	}
	return func() { file.Close() }, nil
}

// lockEnded is lock, except that it lets a supervisor that has recorded the
// end answer its clients and go.
func (p *Supervisor) lockEnded() (unlock func(), err error) {
	for deadline := time.Now().Add(leaveWithin); ; time.Sleep(endAgain) {
		unlock, err = p.lock()
		if !errors.Is(err, errAlive) || time.Now().After(deadline) {
			return unlock, err
		}
		if _, unended := p.readExit(); unended != nil {
			return nil, err
		}
	}
}

// ask sends one request and waits for its answer; errGone when nobody answers.
func (p *Supervisor) ask(ctx context.Context, op string) (wire.Response, error) {
	var response wire.Response
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "unix", p.socket)
	if err != nil {
		return response, p.unanswered(ctx, err)
	}
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Now()) })
	defer stop()
	request, err := json.Marshal(wire.Request{Version: wire.Version, Op: op})
	if err != nil {
		return response, err
	}
	if _, err := connection.Write(append(request, '\n')); err != nil {
		return response, p.unanswered(ctx, err)
	}
	line, err := bufio.NewReader(connection).ReadBytes('\n')
	if err != nil {
		return response, p.unanswered(ctx, err)
	}
	if err := json.Unmarshal(line, &response); err != nil {
		return response, fmt.Errorf("read the answer of supervisor %s: %w", p.id, err)
	}
	return response, nil
}

func (p *Supervisor) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("ask supervisor %s: %w", p.id, ctx.Err())
	}
	if errors.Is(err, os.ErrPermission) {
		return gemba.Fail(gemba.Forbidden, "ask supervisor "+p.id, err.Error(), "it belongs to another user")
	}
	return errGone
}
