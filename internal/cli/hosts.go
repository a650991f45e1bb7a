package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

// hostFlags are what plan, apply and drift have in common.
func (c *command) hostFlags(cmd *cobra.Command, ask *contract.Converge) {
	cmd.Flags().StringVar(&ask.Revision, "commit", "HEAD", "`revision` whose declaration counts")
	cmd.Flags().StringVar(&ask.Environment, "environment", "", "only hosts of this `environment`")
	cmd.Flags().StringArrayVar(&c.variables, "var", nil, "`NAME=VALUE` of a declared variable; may be repeated")
}

func (c *command) planCommand() *cobra.Command {
	var ask contract.Converge
	cmd := &cobra.Command{
		Use: "plan [HOST…]", GroupID: "servers", Short: "What would change on hosts, exactly; changes nothing",
		Args: arguments(0, -1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, took, err := c.look(cmd, ask, args)
			if err != nil {
				return err
			}
			if err := c.show(plan, c.drawPlan(plan, took)); err != nil {
				return err
			}
			c.sayPending(cmd, plan)
			if view.Differs(plan) {
				fmt.Fprintf(c.Err, "saved as p-%d; apply it with   gemba apply --plan p-%d\n", plan.ID, plan.ID)
			}
			return nil
		},
	}
	c.hostFlags(cmd, &ask)
	return cmd
}

func (c *command) driftCommand() *cobra.Command {
	ask := contract.Converge{Drift: true}
	cmd := &cobra.Command{
		Use: "drift [HOST…]", GroupID: "servers", Short: "What differs from what is declared; exits with 2 when something does",
		Args: arguments(0, -1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, took, err := c.look(cmd, ask, args)
			if err != nil {
				return err
			}
			if err := c.show(plan, c.drawPlan(plan, took)); err != nil {
				return err
			}
			if view.Differs(plan) {
				return exitCode(view.ExitInvalid)
			}
			return nil
		},
	}
	c.hostFlags(cmd, &ask)
	return cmd
}

func (c *command) applyCommand() *cobra.Command {
	var ask contract.Converge
	var saved, undo string
	var guard time.Duration
	var yes bool
	cmd := &cobra.Command{
		Use: "apply [HOST…]", GroupID: "servers", Short: "Bring hosts to what is declared: the plan, a question, the work, the verification",
		Long: "Shows the plan, asks, makes the changes, and looks again: what still differs is a failure. A plan that is\n" +
			"applied, shown or saved, is bound to what was observed; where a host has changed since, nothing is done.",
		Args: arguments(0, -1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if undo != "" {
				return c.undo(cmd, undo, contract.Undo{Hosts: args, Reason: ask.Reason})
			}
			if ask.Guard = int(guard.Round(time.Second) / time.Second); ask.Guard <= 0 {
				ask.Guard = -1
			}
			if saved == "" {
				plan, took, err := c.look(cmd, ask, args)
				if err != nil {
					return err
				}
				if agreed, err := c.agree(plan, took, yes); err != nil || !agreed {
					return err
				}
				ask.Plan = plan.ID
			} else {
				id, err := planNumber(cmd, saved)
				if err != nil {
					return err
				}
				ask.Plan = id
			}
			ask.Apply = true
			return c.work(cmd, ask)
		},
	}
	c.hostFlags(cmd, &ask)
	cmd.Flags().StringVar(&saved, "plan", "", "apply this saved `plan`, and nothing else")
	cmd.Flags().StringVar(&undo, "undo", "", "put back the files that this applied `plan` replaced or removed")
	cmd.Flags().DurationVar(&guard, "guard", 30*time.Second, "after changes that can cut the link, how long a host waits to be reached anew before it puts them back; 0s for no guard")
	cmd.Flags().StringVar(&ask.Reason, "reason", "", "why, for the ledger")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// drawPlan shows a plan; to a pipe goes what differs, and how much that is to whoever watches.
func (c *command) drawPlan(plan gemba.FleetPlan, took time.Duration) func(io.Writer, view.Terminal) error {
	return func(w io.Writer, t view.Terminal) error {
		if !t.TTY {
			fmt.Fprintln(c.Err, view.PlanCount(plan.Hosts))
			if stays := view.Stays(plan.Hosts); stays != "" {
				fmt.Fprintln(c.Err, stays)
			}
		}
		return view.FleetPlan(w, t, plan, took)
	}
}

// agree shows a plan and asks whether it is to be carried out.
func (c *command) agree(plan gemba.FleetPlan, took time.Duration, yes bool) (bool, error) {
	if err := c.drawPlan(plan, took)(c.Err, c.terminal(c.Err)); err != nil {
		return false, err
	}
	switch {
	case !view.Differs(plan):
		return false, nil
	case yes:
		return true, nil
	case !interactive(c.In):
		return false, gemba.Fail(gemba.Invalid, "nobody can be asked whether to apply this", "standard input is no terminal", fmt.Sprintf("gemba apply --plan p-%d, or gemba apply --yes", plan.ID))
	}
	fmt.Fprint(c.Err, "\nApply this? yes or no: ")
	answer, err := bufio.NewReader(c.In).ReadString('\n')
	if err != nil && answer == "" {
		return false, nil
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	fmt.Fprintf(c.Err, "nothing was changed; the plan is kept as p-%d\n", plan.ID)
	return false, nil
}

// look makes a plan.
func (c *command) look(cmd *cobra.Command, ask contract.Converge, hosts []string) (gemba.FleetPlan, time.Duration, error) {
	var plan gemba.FleetPlan
	ask.Hosts = hosts
	began := c.Now()
	err := c.converge(cmd, ask, func(f gemba.HostFrame) error {
		if f.Fleet != nil {
			plan = *f.Fleet
		}
		return nil
	})
	return plan, c.Now().Sub(began), err
}

// work applies, and narrates it.
func (c *command) work(cmd *cobra.Command, ask contract.Converge) error {
	narration := view.NewHostWork(c.Out, c.terminal(c.Out))
	began, hosts := c.Now(), 0
	err := c.converge(cmd, ask, func(f gemba.HostFrame) error {
		if c.json {
			_ = narration.Frame(gemba.HostFrame{Host: f.Host, Result: f.Result})
			return view.JSONLine(c.Out, f)
		}
		if f.Fleet != nil {
			hosts = len(f.Fleet.Targets)
		}
		return narration.Frame(f)
	})
	if err != nil {
		return err
	}
	if !c.json {
		if err := narration.End(hosts, c.Now().Sub(began)); err != nil {
			return err
		}
		if ask.Plan != 0 && narration.Undoes() {
			fmt.Fprintf(c.Err, "undo with   gemba apply --undo p-%d\n", ask.Plan)
		}
	}
	if !narration.Good() {
		return exitCode(view.ExitError)
	}
	return nil
}

// converge asks the server. The first interrupt lets every host end what it has in hand.
func (c *command) converge(cmd *cobra.Command, ask contract.Converge, frame func(gemba.HostFrame) error) error {
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
	server, err := c.server(ctx)
	if err != nil {
		return err
	}
	err = server.Converge(ctx, ask, frame)
	if err != nil && ctx.Err() != nil {
		return gemba.Fail(gemba.Unavailable, "it was interrupted", "what a host had in hand was ended, and no more was begun", "run the same command again: it goes on where it stopped")
	}
	return err
}
