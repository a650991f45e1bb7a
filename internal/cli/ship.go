package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/client"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

func (c *command) shipCommand() *cobra.Command {
	var ask contract.Ship
	var detach bool
	cmd := &cobra.Command{
		Use: "ship [SERVICE]", GroupID: "deliver", Short: "Take a commit through the pipeline; exits with its verdict",
		Long: "Takes a commit, HEAD by default, through its service's pipeline: build, tests, staging,\n" +
			"verification, production, verification. What is not committed is named and left out.\n\n" +
			"The first Ctrl-C cancels the run, the second leaves it to the server.",
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				ask.Service = args[0]
			}
			server, run, err := c.beginShip(cmd, ask)
			if err != nil {
				return err
			}
			if detach {
				return c.show(run, view.Begun(run))
			}
			return c.watch(cmd.Context(), server, run)
		},
	}
	c.shipFlags(cmd, &ask)
	cmd.Flags().BoolVar(&detach, "detach", false, "do not wait for the verdict")
	return cmd
}

func (c *command) shipFlags(cmd *cobra.Command, ask *contract.Ship) {
	cmd.Flags().StringVar(&ask.Revision, "commit", "HEAD", "`revision` to ship: a branch, a tag or a hash")
	cmd.Flags().StringVar(&ask.Rebuild, "rebuild", "", "build again although the artifact exists, for this `reason`")
	cmd.Flags().StringArrayVar(&c.variables, "var", nil, "`NAME=VALUE` of a declared variable; may be repeated")
}

func (c *command) beginShip(cmd *cobra.Command, ask contract.Ship) (*client.Client, gemba.Run, error) {
	variables, err := assignments(cmd, c.variables)
	if err != nil {
		return nil, gemba.Run{}, err
	}
	ask.Variables = variables
	if ask.Dir, err = c.place(); err != nil {
		return nil, gemba.Run{}, err
	}
	server, err := c.server(cmd.Context())
	if err != nil {
		return nil, gemba.Run{}, err
	}
	run, err := server.Ship(cmd.Context(), ask)
	return server, run, err
}

// watch follows a run to its end and ends the command with its verdict.
func (c *command) watch(ctx context.Context, server *client.Client, run gemba.Run) error {
	final, err := c.follow(ctx, server, run)
	if err != nil {
		return err
	}
	if exit := view.ExitOf(final); exit.Code != view.ExitGood {
		return exitCode(exit.Code)
	}
	return nil
}

// returns is how often a run is looked for again when the server that was asked went away.
const returns = 5

// follow draws a run until it is over, asks, or is left to the server. The first interrupt cancels the run; the second leaves it.
func (c *command) follow(ctx context.Context, server *client.Client, run gemba.Run) (gemba.Run, error) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupts)
	t := c.terminal(c.Out)
	drawn := view.NewRunView(c.out(), t, c.Now, c.lineOfRun(t))
	defer func() { drawn.Close(gemba.Run{}) }() // gives the terminal back, whatever happens
	go func() {
		select {
		case <-interrupts:
			drawn.Say("cancelling the run; Ctrl-C again leaves it to the server")
			if err := server.Cancel(context.WithoutCancel(ctx), run.ID); err != nil {
				drawn.Say(err.Error())
			}
		case <-ctx.Done():
			return
		}
		select {
		case <-interrupts:
			leave()
		case <-ctx.Done():
		}
	}()
	last := run
	frame := func(f gemba.Frame) error {
		if f.Run != nil {
			last = *f.Run
		}
		drawn.Frame(f)
		return nil
	}
	at := server
	for left := returns; ; left-- {
		err := at.Stream(ctx, run.ID, frame)
		if err == nil || ctx.Err() != nil {
			break
		}
		if left == 0 || gemba.CodeOf(err) != gemba.Unavailable {
			return last, err
		}
		// The server went away, or became a newer one: the run goes on with the next.
		if at, err = c.server(ctx); err != nil {
			return last, err
		}
	}
	drawn.Close(last)
	return last, nil
}
