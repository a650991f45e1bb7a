package process

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"gemba"
	"gemba/internal/wire"
)

// launched is a supervisor that was started and waits to be told what to run.
// It ends by itself when its starter does.
type launched struct {
	in    *os.File // for the specification
	ready *os.File // for the answer
}

// launch starts a supervisor, which from then on is nobody's child.
func launch(worker string) (*launched, error) {
	ready, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	in, ours, err := os.Pipe()
	if err != nil {
		ready.Close()
		return nil, err
	}
	defer in.Close()
	l := &launched{in: ours, ready: ready}
	command := exec.Command(worker, "supervise")
	command.Dir, command.Env = "/", []string{}
	command.Stdin, command.ExtraFiles = in, []*os.File{theirs}
	if err := command.Run(); err != nil {
		l.close()
		return nil, gemba.Fail(gemba.Unavailable, "no supervisor can be started", err.Error(), "is gemba-worker installed beside gemba-server?")
	}
	return l, nil
}

func (l *launched) close() {
	l.in.Close()
	l.ready.Close()
}

// errDied says that a supervisor ended before it was told anything.
var errDied = errors.New("the supervisor ended before it was told what to run")

// run hands over spec and reads whether it has begun.
func (l *launched) run(ctx context.Context, spec wire.Spec) error {
	defer l.close()
	content, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		_ = l.ready.SetReadDeadline(time.Now())
		_ = l.in.SetWriteDeadline(time.Now())
	})
	defer stop()
	_, err = l.in.Write(content)
	switch {
	case ctx.Err() != nil && err != nil:
		return ctx.Err()
	case err != nil:
		return errDied
	}
	l.in.Close()
	return readReady(ctx, l.ready)
}

func readReady(ctx context.Context, ready io.Reader) error {
	line, err := io.ReadAll(ready)
	var message wire.Ready
	switch {
	case ctx.Err() != nil && err != nil:
		return ctx.Err()
	case err != nil:
		return err
	case len(bytes.TrimSpace(line)) == 0:
		return gemba.Fail(gemba.Unavailable, "the supervisor ended before it answered", "", "")
	}
	if err := json.Unmarshal(line, &message); err != nil {
		return fmt.Errorf("read the supervisor's answer: %w", err)
	}
	switch {
	case message.Conflict:
		return gemba.Fail(gemba.Conflict, "it cannot be supervised", message.Error, "")
	case message.Error != "":
		return gemba.Fail(gemba.Unavailable, "it cannot be supervised", message.Error, "")
	case !message.OK:
		return errors.New("the supervisor's answer says nothing")
	}
	return nil
}

// Capability asks the worker whether this machine can isolate builds, by
// making it try; weakness says why not.
func Capability(worker string) (isolated bool, weakness string) {
	var failures strings.Builder
	command := exec.Command(worker, "isolation")
	command.Stderr = &failures
	out, err := command.Output()
	if err != nil {
		return false, errors.Join(err, errors.New(strings.TrimSpace(failures.String()))).Error()
	}
	var answer wire.Isolation
	if err := json.Unmarshal(out, &answer); err != nil {
		return false, "the worker's answer cannot be read: " + err.Error()
	}
	return answer.Isolated, answer.Weakness
}
