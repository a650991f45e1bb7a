package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gemba"
	"gemba/internal/driver/host"
	"gemba/internal/wire"
)

// undoHost puts back what an apply changed. It waits for who has the host as long as somebody listens; once begun, it ends.
func undoHost(state string, in io.Reader, out io.Writer) error {
	var order wire.Undo
	if err := readLine(in, &order); err != nil {
		return err
	}
	dir, err := undoDir(state, order.Run)
	if err != nil {
		return err
	}
	up := &upward{out: out}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	go up.live(ctx)
	release, err := takeHost(ctx, state, order.Holder, func(who string) { up.say(wire.News{Waits: who}) })
	if err != nil {
		return err
	}
	defer release()
	undone := host.PutBack(context.WithoutCancel(ctx), dir, false, nil)
	up.say(wire.News{Undone: &undone})
	return nil
}

// undoDir is where what an apply replaced is kept.
func undoDir(state, run string) (string, error) {
	if run == "" || strings.ContainsAny(run, "/\x00") || strings.HasPrefix(run, ".") {
		return "", gemba.Fail(gemba.Invalid, fmt.Sprintf("%q is no name of an apply", run), "", "")
	}
	return filepath.Join(state, "undo", run), nil
}

// readLine reads one JSON value, which is one line.
func readLine(in io.Reader, into any) error {
	line, err := bufio.NewReader(io.LimitReader(in, 1<<20)).ReadBytes('\n')
	if err != nil && len(line) == 0 {
		return fmt.Errorf("reading what is asked for: %w", err)
	}
	if err := json.Unmarshal(line, into); err != nil {
		return fmt.Errorf("reading what is asked for: %w", err)
	}
	return nil
}
