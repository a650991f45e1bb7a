package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gemba/internal/resource"
)

// run runs git, which never waits for somebody to type a password, and returns what it prints.
func run(ctx context.Context, sys resource.System, d declared, words ...string) (string, error) {
	out, err := sys.Run(ctx, resource.Command{
		// The directory may belong to another user than git runs as, who was declared to be root.
		Argv:    append([]string{"git", "-c", "safe.directory=" + d.Name}, words...),
		Env:     []string{"GIT_TERMINAL_PROMPT=0", "GIT_SSH_COMMAND=ssh -o BatchMode=yes"},
		User:    d.User,
		Timeout: time.Hour,
	})
	return strings.TrimSpace(string(out.Stdout)), err
}

// inTree runs git in the working tree.
func inTree(ctx context.Context, sys resource.System, d declared, words ...string) (string, error) {
	return run(ctx, sys, d, append([]string{"-C", d.Name}, words...)...)
}

// asked is what a question that may have no answer was answered; "" for none.
func asked(text string, err error) (string, error) {
	var exit *resource.ExitError
	if errors.As(err, &exit) {
		return "", nil
	}
	return text, err
}

// explain says what git was about, and what it said of it.
func explain(doing string, err error) error {
	var exit *resource.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var said []string
	for line := range strings.Lines(string(exit.Stderr)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "fatal: ") || strings.HasPrefix(line, "error: ") {
			said = append(said, line[len("fatal: "):])
		}
	}
	if said == nil {
		said = []string{strings.TrimSpace(string(exit.Stderr))}
	}
	return fmt.Errorf("%s: %s", doing, strings.Join(said, "; "))
}
