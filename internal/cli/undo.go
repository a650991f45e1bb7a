package cli

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

// undo puts back what an applied plan replaced or removed.
func (c *command) undo(cmd *cobra.Command, plan string, ask contract.Undo) error {
	var err error
	if ask.Plan, err = planNumber(cmd, plan); err != nil {
		return err
	}
	ask.Agent = c.Getenv("SSH_AUTH_SOCK")
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := c.server(ctx)
	if err != nil {
		return err
	}
	narration := view.NewUndo(c.Out, c.terminal(c.Out))
	began, good := c.Now(), true
	err = server.Undo(ctx, ask, func(f gemba.HostFrame) error {
		if c.json {
			good = good && (f.Undone == nil || f.Undone.Good())
			return view.JSONLine(c.Out, f)
		}
		return narration.Frame(f)
	})
	if err != nil {
		return err
	}
	if !c.json {
		if err := narration.End(c.Now().Sub(began)); err != nil {
			return err
		}
	}
	if !good || !narration.Good() {
		return exitCode(view.ExitError)
	}
	return nil
}

func planNumber(cmd *cobra.Command, text string) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(text, "p-"), 10, 64)
	if err != nil || id < 1 {
		return 0, usage(cmd, fmt.Errorf("%q is no plan; a plan is called p-NUMBER", text))
	}
	return id, nil
}
