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

// launch runs `gemba-worker supervise`, hands it spec, and reads whether the
// supervisor, which goes on by itself, has begun.
func launch(ctx context.Context, worker string, spec wire.Spec) error {
	content, err := json.Marshal(spec)
	if err != nil {
		return fmt.Errorf("start %s: %w", spec.ID, err)
	}
	ready, theirs, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start %s: %w", spec.ID, err)
	}
	defer ready.Close()
	in, ours, err := os.Pipe()
	if err != nil {
		theirs.Close()
		return fmt.Errorf("start %s: %w", spec.ID, err)
	}
	command := exec.Command(worker, "supervise")
	command.Dir, command.Env = "/", []string{}
	command.Stdin, command.ExtraFiles = in, []*os.File{theirs}
	err = command.Start()
	in.Close()
	theirs.Close()
	if err != nil {
		ours.Close()
		return gemba.Fail(gemba.Unavailable, "start "+spec.ID, err.Error(), "is gemba-worker installed beside gemba-server?")
	}
	// What was started ends as soon as the supervisor runs, so this is no waiting.
	defer func() { _ = command.Wait() }()
	stop := context.AfterFunc(ctx, func() {
		_ = ready.SetReadDeadline(time.Now())
		_ = ours.SetWriteDeadline(time.Now())
	})
	defer stop()
	_, err = ours.Write(content)
	ours.Close()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("start %s: %w", spec.ID, ctx.Err())
	}
	return readReady(ctx, ready, spec.ID)
}

func readReady(ctx context.Context, ready io.Reader, id string) error {
	line, err := io.ReadAll(ready)
	var message wire.Ready
	switch {
	case ctx.Err() != nil && err != nil:
		return fmt.Errorf("start %s: %w", id, ctx.Err())
	case err != nil:
		return fmt.Errorf("start %s: %w", id, err)
	case len(bytes.TrimSpace(line)) == 0:
		return gemba.Fail(gemba.Unavailable, "start "+id, "the supervisor ended before it answered", "")
	}
	if err := json.Unmarshal(line, &message); err != nil {
		return fmt.Errorf("start %s: read the supervisor's answer: %w", id, err)
	}
	switch {
	case message.Conflict:
		return gemba.Fail(gemba.Conflict, "start "+id, message.Error, "")
	case message.Error != "":
		return gemba.Fail(gemba.Unavailable, "start "+id, message.Error, "")
	case !message.OK:
		return fmt.Errorf("start %s: the supervisor's answer says nothing", id)
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
