// Package cli is the command line: a thin face that speaks to the server
// through the client and draws with the views.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"gemba/internal/view"

	"github.com/spf13/cobra"
)

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Dir      string // the working directory
	Self     string // the path of the executable
	Now      func() time.Time
}

// Main runs the command line of this process and returns its exit code.
func Main() int {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return Run(context.Background(), os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Dir: dir, Self: self, Now: time.Now})
}

// Run executes one command and returns its exit code; docs/reference/exit-codes.md lists them.
func Run(ctx context.Context, args []string, s Streams) int {
	c := &command{Streams: s}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return view.ExitGood
	case errors.As(err, &code):
		return int(code)
	}
	c.fail(err)
	if errors.As(err, new(*usageError)) {
		return view.ExitInvalid
	}
	return view.ExitOfError(err).Code
}

// exitCode ends a command that has already said everything.
type exitCode int

func (e exitCode) Error() string { return "" }

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// command is one invocation.
type command struct {
	Streams
	json      bool
	state     string
	color     view.ColorChoice
	variables []string
}

func (c *command) out() view.Out { return view.Out{Data: c.Out, Talk: c.Err, JSON: c.json} }

// terminal describes where w leads.
func (c *command) terminal(w io.Writer) view.Terminal {
	return view.NewTerminal(w, c.Getenv, c.color)
}

func (c *command) fail(err error) {
	if c.json {
		_ = view.JSON(c.Out, jsonError(err))
		return
	}
	_ = view.Error(c.Err, c.terminal(c.Err), err)
}

// show writes an answer as JSON, or lets a renderer draw it.
func (c *command) show(v any, draw func(w io.Writer, t view.Terminal) error) error {
	if c.json {
		return view.JSON(c.Out, v)
	}
	return draw(c.Out, c.terminal(c.Out))
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "gemba",
		Short: "From a commit to a monitored production, and back to the next improvement",
		Long: "Gemba takes a service from a commit to a monitored production: built once, tested,\n" +
			"put into staging, verified, promoted by digest, watched. One declaration, one ledger.",
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	flags := root.PersistentFlags()
	flags.BoolVar(&c.json, "json", false, "write JSON instead of text")
	flags.StringVar(&c.state, "state", c.Getenv("GEMBA_STATE"), "state `directory`; default .gemba beside the declaration")
	c.color = view.ColorAuto
	flags.Var(&c.color, "color", "`when` to colour: auto, always, never")
	root.AddGroup(
		&cobra.Group{ID: "begin", Title: "Begin:"}, &cobra.Group{ID: "deliver", Title: "Deliver:"},
		&cobra.Group{ID: "servers", Title: "Servers:"},
		&cobra.Group{ID: "look", Title: "Go and see:"}, &cobra.Group{ID: "serve", Title: "The server:"})
	root.AddCommand(
		c.initCommand(), c.checkCommand(),
		c.shipCommand(), c.upCommand(), c.rollbackCommand(), c.acceptCommand(), c.cancelCommand(), c.answerCommand(),
		c.planCommand(), c.applyCommand(), c.driftCommand(), c.patchCommand(), c.bakeCommand(), c.hostsCommand(), c.hostCommand(),
		c.statusCommand(), c.logsCommand(), c.runsCommand(), c.testsCommand(), c.releasesCommand(), c.ledgerCommand(), c.dashboardCommand(),
		c.doctorCommand(), c.downCommand(), c.versionCommand(),
	)
	return root
}
