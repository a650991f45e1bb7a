package unit

import (
	"context"
	"errors"
	"strings"

	"gemba/internal/resource"
)

// failure is a unit that did not do as it was told, with the last lines of its journal.
type failure struct {
	says string
	err  error
	log  []string
}

func (f *failure) Error() string { return f.says }
func (f *failure) Unwrap() error { return f.err }

// Log is the end of the unit's journal.
func (f *failure) Log() []string { return f.log }

// say is the first line of what systemctl said, without its advice to look at the journal, which is looked at.
func say(err error) error {
	var exit *resource.ExitError
	if !errors.As(err, &exit) || len(exit.Stderr) == 0 {
		return err
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
	return &failure{says: line, err: err}
}

func withJournal(ctx context.Context, sys resource.System, d declared, err error) error {
	f := &failure{says: say(err).Error(), err: err}
	out, failed := sys.Run(ctx, resource.Command{Argv: []string{"journalctl", "-u", d.Name, "-n", "20", "--no-pager", "-o", "short"}})
	if text := strings.TrimSpace(string(out.Stdout)); failed == nil && text != "" {
		f.log = strings.Split(text, "\n")
	}
	return f
}
