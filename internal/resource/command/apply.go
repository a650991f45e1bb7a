package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gemba/internal/resource"
)

// apply runs the command.
func apply(ctx context.Context, sys resource.System, d declared, _ observed) error {
	out, err := sys.Run(ctx, d.main())
	var exit *resource.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	f := &failure{err: err, says: fmt.Sprintf("it ended with %d", exit.Code)}
	if text := strings.TrimSpace(string(out.Stdout) + string(exit.Stderr)); text != "" {
		lines := strings.Split(text, "\n")
		f.log = lines[max(0, len(lines)-20):]
		f.says += ": " + lines[len(lines)-1]
	}
	return f
}

// failure is a command that did not end well, with the last lines of what it printed. What it was run with stays out: it may hold secrets.
type failure struct {
	says string
	err  error
	log  []string
}

func (f *failure) Error() string { return f.says }
func (f *failure) Unwrap() error { return f.err }

// Log is the last of what it printed.
func (f *failure) Log() []string { return f.log }
