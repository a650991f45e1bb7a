package cli

import (
	"fmt"
	"io"

	"gemba"
	"gemba/internal/client"
	"gemba/internal/view"
	"gemba/internal/view/line"

	"github.com/spf13/cobra"
)

func (c *command) statusCommand() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use: "status", GroupID: "look", Short: "What runs where",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			status, err := server.Status(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(status, func(w io.Writer, t view.Terminal) error {
				return view.Status(w, t, status, c.Now(), view.StatusOptions{Verbose: verbose, Line: c.lineOf(status, t)})
			})
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "with the processes and the server")
	return cmd
}

// lineOf draws a service's way to production, with where its commits are.
func (c *command) lineOf(status gemba.Status, t view.Terminal) func(string, int) string {
	var placed []gemba.Deployment
	for _, e := range status.Environments {
		placed = append(placed, e.Deployments...)
	}
	return func(service string, width int) string {
		var runs []gemba.Run
		for _, run := range status.Runs {
			if run.Service == service {
				runs = append(runs, run)
			}
		}
		if len(runs) == 0 {
			return ""
		}
		return line.Of(service, line.Stages(runs), runs, placed, c.Now()).Text(width, t.Color, !t.UTF8)
	}
}

// lineOfRun draws the line for one run.
func (c *command) lineOfRun(t view.Terminal) view.LineFunc {
	return func(run gemba.Run, width int) string {
		runs := []gemba.Run{run}
		return line.Of(run.Service, line.Stages(runs), runs, nil, c.Now()).Text(width, t.Color, !t.UTF8)
	}
}

func (c *command) logsCommand() *cobra.Command {
	q := client.Logs{}
	cmd := &cobra.Command{
		Use: "logs [SERVICE]", GroupID: "look", Short: "What processes print, or the steps of a run",
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				q.Service = args[0]
			}
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			t := c.terminal(c.Out)
			return server.Logs(cmd.Context(), q, func(l gemba.LogLine) error {
				if c.json {
					return view.JSONLine(c.Out, l)
				}
				return view.Log(c.Out, t, l, c.Now())
			})
		},
	}
	cmd.Flags().StringVar(&q.Environment, "environment", "", "only of this `environment`")
	cmd.Flags().StringVar(&q.Process, "process", "", "only of this `process`")
	cmd.Flags().Int64Var(&q.Run, "run", 0, "the steps of this `run` instead of processes")
	cmd.Flags().StringVar(&q.Step, "step", "", "only this `step` of the run")
	cmd.Flags().IntVarP(&q.Lines, "lines", "n", 200, "the last `N` lines of each; -1 is all")
	cmd.Flags().BoolVarP(&q.Follow, "follow", "f", false, "go on as more is printed")
	return cmd
}

func (c *command) runsCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "runs [SERVICE]", GroupID: "look", Short: "Runs, newest first",
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			runs, err := server.Runs(cmd.Context(), first(args), limit)
			if err != nil {
				return err
			}
			return c.show(runs, func(w io.Writer, t view.Terminal) error { return view.Runs(w, t, runs, c.Now()) })
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 20, "at most `N`")
	return cmd
}

func (c *command) testsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "tests RUN", GroupID: "look", Short: "The single test results of a run",
		Args: arguments(1, 1, "the number of a run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runNumber(cmd, args[0])
			if err != nil {
				return err
			}
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			results, err := server.Tests(cmd.Context(), id)
			if err != nil {
				return err
			}
			return c.show(results, func(w io.Writer, t view.Terminal) error { return view.Tests(w, t, results) })
		},
	}
}

func (c *command) releasesCommand() *cobra.Command {
	var service string
	var limit int
	cmd := &cobra.Command{
		Use: "releases ENVIRONMENT", GroupID: "look", Short: "Releases that were placed in an environment, latest first",
		Args: arguments(1, 1, "an environment"),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			releases, err := server.Releases(cmd.Context(), args[0], service, limit)
			if err != nil {
				return err
			}
			return c.show(releases, func(w io.Writer, t view.Terminal) error { return view.Releases(w, t, releases, c.Now()) })
		},
	}
	cmd.Flags().StringVar(&service, "service", "", "of this `service`")
	cmd.Flags().IntVarP(&limit, "limit", "n", 20, "at most `N`")
	return cmd
}

func (c *command) ledgerCommand() *cobra.Command {
	q := client.Events{Newest: true}
	cmd := &cobra.Command{
		Use: "ledger", GroupID: "look", Short: "The events: who, what, on which subject",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			events, err := server.Events(cmd.Context(), q)
			if err != nil {
				return err
			}
			return c.show(events, func(w io.Writer, t view.Terminal) error { return view.Ledger(w, t, events) })
		},
	}
	cmd.Flags().IntVarP(&q.Limit, "limit", "n", 50, "the last `N`")
	cmd.Flags().Int64Var(&q.Run, "run", 0, "of this `run`")
	cmd.Flags().StringVar(&q.Kind, "kind", "", "of this `kind`; a trailing dot is a prefix")
	cmd.Flags().StringVar(&q.Subject, "subject", "", "on this `subject`; a trailing slash is a prefix")
	cmd.AddCommand(c.verifyCommand())
	return cmd
}

func (c *command) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Prove that no event was changed, removed, cut off or made anew",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			report, err := server.VerifyLedger(cmd.Context())
			if err != nil {
				return err
			}
			err = c.show(report, func(w io.Writer, t view.Terminal) error {
				for _, note := range report.Notes {
					fmt.Fprintln(c.Err, note)
				}
				return view.WriteLedgerReport(w, t, view.LedgerReport{Events: report.Events, Sealed: report.Sealed, Copy: report.Outside, Faults: report.Problems})
			})
			if err != nil {
				return err
			}
			if !report.OK {
				return exitCode(view.ExitError)
			}
			return nil
		},
	}
}

func (c *command) dashboardCommand() *cobra.Command {
	return &cobra.Command{
		Use: "dashboard", GroupID: "look", Short: "A link into the dashboard, which works once",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.server(cmd.Context())
			if err != nil {
				return err
			}
			link, err := server.Link(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(link, func(w io.Writer, _ view.Terminal) error {
				_, err := fmt.Fprintln(w, link.URL)
				return err
			})
		},
	}
}

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", GroupID: "serve", Short: "The version of this Gemba",
		Args: arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			return c.show(map[string]string{"version": gemba.Version}, func(w io.Writer, _ view.Terminal) error {
				_, err := fmt.Fprintln(w, "gemba", gemba.Version)
				return err
			})
		},
	}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
