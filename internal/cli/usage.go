package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/near"

	"github.com/spf13/cobra"
)

// usage makes an error of a command line that cannot be understood, with the way to the right one.
func usage(cmd *cobra.Command, err error) error {
	return &usageError{gemba.Fail(gemba.Invalid, err.Error(), "", cmd.CommandPath()+" --help")}
}

func unknownCommand(cmd *cobra.Command, name string) error {
	try := "gemba --help"
	var names []string
	for _, known := range cmd.Root().Commands() {
		names = append(names, known.Name())
	}
	if meant := near.Meant(name, names); meant != "" {
		try = "gemba " + meant
	}
	return &usageError{gemba.Fail(gemba.Invalid, fmt.Sprintf("there is no command %q", name), "", try)}
}

// arguments checks how many there are; most below 0 is any number.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usage(cmd, fmt.Errorf("%s needs %s", cmd.CommandPath(), what))
		case most >= 0 && len(args) > most:
			return usage(cmd, fmt.Errorf("%s does not know what to do with %q", cmd.CommandPath(), args[most]))
		}
		return nil
	}
}

func runNumber(cmd *cobra.Command, text string) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(text, "#"), 10, 64)
	if err != nil || id < 1 {
		return 0, usage(cmd, fmt.Errorf("%q is not the number of a run", text))
	}
	return id, nil
}

// assignments reads name=value flags.
func assignments(cmd *cobra.Command, list []string) (map[string]string, error) {
	values := map[string]string{}
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usage(cmd, fmt.Errorf("--var needs NAME=VALUE, not %q", text))
		}
		values[name] = value
	}
	return values, nil
}

func jsonError(err error) any {
	var e *gemba.Error
	if !errors.As(err, &e) {
		e = &gemba.Error{Code: gemba.Internal, What: err.Error()}
	}
	return map[string]any{"error": e}
}
