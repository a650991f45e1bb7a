package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/client"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

func (c *command) upCommand() *cobra.Command {
	var ask contract.Ship
	cmd := &cobra.Command{
		Use: "up [SERVICE]", GroupID: "deliver", Short: "Ship, then stay: keep it running, watched, with the dashboard",
		Long: "Ships as `gemba ship` does, prints a link into the dashboard, and stays until Ctrl-C, which stops\n" +
			"what runs here. State and data stay.",
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				ask.Service = args[0]
			}
			server, run, err := c.beginShip(cmd, ask)
			if err != nil {
				return err
			}
			if err := c.watch(cmd.Context(), server, run); err != nil {
				return err
			}
			return c.stay(cmd.Context(), server)
		},
	}
	c.shipFlags(cmd, &ask)
	return cmd
}

// stay watches until it is interrupted, then takes everything down.
func (c *command) stay(ctx context.Context, server *client.Client) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	link, err := server.Link(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Err, "\ndashboard  %s\n           this link works once, until %s; Ctrl-C stops everything\n\n", link.URL, link.Expires.Local().Format("15:04"))
	known := map[string]string{}
	for ctx.Err() == nil {
		if status, err := server.Status(ctx); err == nil {
			c.tellChanges(status, known)
		} else if ctx.Err() == nil {
			// The server died; start it again, as this is its foreground.
			if again, err := c.server(ctx); err == nil {
				server = again
			} else if ctx.Err() == nil {
				return err
			}
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
	stop() // a second Ctrl-C ends the command at once
	fmt.Fprintln(c.Err, "stopping what runs here")
	ctx = context.WithoutCancel(ctx)
	if server, err = c.server(ctx); err != nil { // it may have died just now
		return err
	}
	return c.takeDown(ctx, server)
}

// tellChanges prints a line for each deployment whose health or release is not what it was.
func (c *command) tellChanges(status gemba.Status, known map[string]string) {
	for _, e := range status.Environments {
		for _, d := range e.Deployments {
			line := view.DeploymentLine(d)
			if key := e.Name + "/" + d.Service; known[key] != line {
				known[key] = line
				fmt.Fprintf(c.Out, "%s  %s\n", c.Now().Format("15:04:05"), line)
			}
		}
	}
}

func (c *command) downCommand() *cobra.Command {
	return &cobra.Command{
		Use: "down", GroupID: "serve", Short: "Stop what runs here; state and data stay",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := c.home()
			if err != nil {
				return err
			}
			server, err := home.Start(cmd.Context()) // what runs may have outlived its server
			if err != nil {
				return err
			}
			return c.takeDown(cmd.Context(), server)
		},
	}
}

func (c *command) takeDown(ctx context.Context, server *client.Client) error {
	stopped, err := server.Down(ctx)
	if err != nil {
		return err
	}
	if err := server.Stop(ctx); err != nil {
		return err
	}
	home, err := c.home()
	if err != nil {
		return err
	}
	if err := home.Gone(ctx); err != nil {
		return err
	}
	if c.json {
		return view.JSON(c.Out, stopped)
	}
	for _, d := range stopped.Deployments {
		fmt.Fprintf(c.Out, "stopped %s in %s (%s)\n", d.Service, d.Environment, d.Commit.Short())
	}
	if len(stopped.Deployments) == 0 {
		fmt.Fprintln(c.Out, "nothing ran here")
	}
	return nil
}
