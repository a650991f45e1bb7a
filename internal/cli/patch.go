package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/human"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

func (c *command) patchCommand() *cobra.Command {
	var ask contract.Patch
	var within time.Duration
	var look, yes bool
	cmd := &cobra.Command{
		Use: "patch ENVIRONMENT [HOST…]", GroupID: "servers", Short: "Security updates, and reboots where they are needed, host after host",
		Long: "Shows what waits on the hosts of an environment, asks, and updates them batch after batch: each in one transaction,\n" +
			"with a reboot where it is needed. It goes on when what ran before runs again, and stops at the first host that does\n" +
			"not come back or is not well. Packages that are held stay as they are.",
		Args: arguments(1, -1, "an environment"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ask.Environment, ask.Hosts, ask.Within = args[0], args[1:], int(within/time.Second)
			return c.patch(cmd, ask, look, yes)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&ask.Revision, "commit", "HEAD", "`revision` whose declaration counts")
	flags.StringArrayVar(&c.variables, "var", nil, "`NAME=VALUE` of a declared variable; may be repeated")
	flags.BoolVar(&ask.All, "all", false, "all updates, not only those for security")
	flags.StringVar(&ask.Batch, "batch", "1", "hosts at the same time: a `number`, or a share such as 25%")
	flags.StringVar(&ask.Reboot, "reboot", "needed", "`when` to reboot: always, never, needed")
	flags.DurationVar(&within, "within", 10*time.Minute, "how long a host that reboots may take to answer again")
	flags.StringVar(&ask.Reason, "reason", "", "why, for the ledger")
	flags.BoolVar(&look, "look", false, "only show what waits")
	flags.BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// patch shows what waits, asks, and patches.
func (c *command) patch(cmd *cobra.Command, ask contract.Patch, look, yes bool) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if ask.Variables, err = assignments(cmd, c.variables); err != nil {
		return err
	}
	if ask.Dir, err = c.place(); err != nil {
		return err
	}
	ask.Agent = c.Getenv("SSH_AUTH_SOCK")
	out := c.Out
	if !look {
		out = c.Err
	}
	first := ask
	first.Look = true
	seen, err := c.patchOnce(ctx, first, out, look)
	if err != nil {
		return err
	}
	switch {
	case look && !seen.Good():
		return exitCode(view.ExitError)
	case look:
		return nil
	case seen.Nothing(ask.Reboot):
		fmt.Fprintln(c.Err, "Nothing to do.")
		return nil
	}
	if agreed, err := c.agreeToPatch(yes); err != nil || !agreed {
		return err
	}
	began := c.Now()
	done, err := c.patchOnce(ctx, ask, c.Out, true)
	if err != nil {
		return err
	}
	if !c.json {
		if err := done.End(c.Now().Sub(began)); err != nil {
			return err
		}
	}
	if !done.Good() {
		return exitCode(view.ExitError)
	}
	return nil
}

// patchOnce asks the server once, and narrates; with data, each frame is a line where JSON is wanted.
func (c *command) patchOnce(ctx context.Context, ask contract.Patch, out io.Writer, data bool) (*view.Patch, error) {
	server, err := c.server(ctx)
	if err != nil {
		return nil, err
	}
	if c.json {
		quiet := view.NewPatch(io.Discard, c.terminal(io.Discard), ask.Look, ask.All)
		return quiet, server.Patch(ctx, ask, func(f gemba.HostFrame) error {
			_ = quiet.Frame(f)
			if !data {
				return nil
			}
			return view.JSONLine(c.Out, f)
		})
	}
	narration := view.NewPatch(out, c.terminal(out), ask.Look, ask.All)
	err = server.Patch(ctx, ask, narration.Frame)
	if err == context.Canceled {
		err = gemba.Fail(gemba.Unavailable, "it was interrupted", "what a host had in hand goes on there, and no other host was begun", "run the same command again")
	}
	return narration, err
}

func (c *command) agreeToPatch(yes bool) (bool, error) {
	switch {
	case yes:
		return true, nil
	case !interactive(c.In):
		return false, gemba.Fail(gemba.Invalid, "nobody can be asked whether to patch", "standard input is no terminal", "gemba patch --yes")
	}
	fmt.Fprint(c.Err, "\nPatch? yes or no: ")
	answer, err := bufio.NewReader(c.In).ReadString('\n')
	if err != nil && answer == "" {
		return false, nil
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	fmt.Fprintln(c.Err, "nothing was changed")
	return false, nil
}

// sayPending says what waited on the hosts of a plan when that was looked at last.
func (c *command) sayPending(cmd *cobra.Command, plan gemba.FleetPlan) {
	server, err := c.server(cmd.Context())
	if err != nil {
		return // the plan itself was shown
	}
	known, err := server.Hosts(cmd.Context())
	if err != nil {
		return
	}
	c.sayWaits(slices.DeleteFunc(known, func(h gemba.HostState) bool {
		return !slices.ContainsFunc(plan.Targets, func(t gemba.Target) bool {
			return t.Environment == h.Target.Environment && t.Host.Name == h.Target.Host.Name
		})
	}))
}

func (c *command) sayWaits(hosts []gemba.HostState) {
	for _, h := range hosts {
		if h.Pending == nil {
			continue
		}
		if waits := view.Waits(*h.Pending); waits != "" {
			fmt.Fprintf(c.Err, "%s  %s; seen %s; next  gemba patch %s\n", h.Target.Host.Name, waits, human.Ago(h.Pending.Observed, c.Now()), h.Target.Environment)
		}
	}
}
