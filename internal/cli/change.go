package cli

import (
	"fmt"
	"io"
	"strings"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

func (c *command) rollbackCommand() *cobra.Command {
	var ask contract.Rollback
	var to string
	cmd := &cobra.Command{
		Use: "rollback ENVIRONMENT", GroupID: "deliver", Short: "Bring an earlier release back; by default the one before",
		Args: arguments(1, 1, "an environment"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ask.Environment, ask.To = args[0], gemba.ReleaseID(to)
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			run, err := server.Rollback(cmd.Context(), ask)
			if err != nil {
				return err
			}
			return c.watch(cmd.Context(), server, run)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `release` to bring back; `gemba releases` lists them")
	cmd.Flags().StringVar(&ask.Service, "service", "", "which `service`, where the environment has several")
	return cmd
}

func (c *command) acceptCommand() *cobra.Command {
	var ask contract.Accept
	cmd := &cobra.Command{
		Use: "accept", GroupID: "deliver", Short: "Accept the environments, pipelines and secrets that a commit declares",
		Long: "A commit cannot drop the gate that it has to pass: environments, pipelines and secrets are those\n" +
			"of the declaration that the server has accepted. This command accepts those of a commit.",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if ask.Variables, err = assignments(cmd, c.variables); err != nil {
				return err
			}
			if ask.Dir, err = c.place(); err != nil {
				return err
			}
			server, err := c.server(cmd.Context())
			if err != nil {
				return err
			}
			accepted, err := server.Accept(cmd.Context(), ask)
			if err != nil {
				return err
			}
			return c.show(accepted, func(w io.Writer, _ view.Terminal) error {
				if !accepted.Changed {
					_, err := fmt.Fprintln(w, "It governs already; nothing changed.")
					return err
				}
				_, err := fmt.Fprintf(w, "Accepted from %s: environments %s; pipelines of %s.\n", gemba.Commit{Hash: accepted.Commit}.Short(),
					strings.Join(accepted.Environments, ", "), strings.Join(accepted.Pipelines, ", "))
				return err
			})
		},
	}
	cmd.Flags().StringVar(&ask.Revision, "commit", "HEAD", "`revision` whose declaration to accept")
	cmd.Flags().StringArrayVar(&c.variables, "var", nil, "`NAME=VALUE` of a declared variable; may be repeated")
	return cmd
}

func (c *command) cancelCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cancel RUN", GroupID: "deliver", Short: "End a run; what is under way is stopped or undone first",
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
			return server.Cancel(cmd.Context(), id)
		},
	}
}

func (c *command) answerCommand() *cobra.Command {
	return &cobra.Command{
		Use: "answer RUN done|again|failed", GroupID: "deliver", Short: "Say how an interrupted step ended that must run only once",
		Args: arguments(2, 2, "the number of a run, and done, again or failed"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runNumber(cmd, args[0])
			if err != nil {
				return err
			}
			server, err := c.running(cmd.Context())
			if err != nil {
				return err
			}
			if err := server.Answer(cmd.Context(), id, args[1]); err != nil {
				return err
			}
			run, err := server.Run(cmd.Context(), id)
			if err != nil {
				return err
			}
			return c.watch(cmd.Context(), server, run)
		},
	}
}
