package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gemba"
	"gemba/internal/resource/kinds"
	"gemba/internal/spec"
	"gemba/internal/spec/detect"
	"gemba/internal/view"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// declarationName is the file that init writes.
const declarationName = "gemba.hcl"

func (c *command) initCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init", GroupID: "begin", Short: "Look at the repository and write a gemba.hcl that ships",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := os.Lstat(filepath.Join(c.Dir, declarationName)); err == nil {
				return there()
			}
			found, err := detect.Repository(os.DirFS(c.Dir), filepath.Base(c.Dir))
			if err != nil {
				return err
			}
			if err := c.complete(&found); err != nil {
				return err
			}
			text := found.HCL()
			if err := c.write(text); err != nil {
				return err
			}
			if c.json {
				return view.JSON(c.Out, map[string]any{"file": declarationName, "found": found.Found, "assumed": found.Assumed})
			}
			c.tell(found, text)
			return nil
		},
	}
}

// complete asks for the commands that could not be found, if there is somebody to ask.
func (c *command) complete(f *detect.Finding) error {
	if f.Language != "" && f.Run != "" {
		return nil
	}
	if !interactive(c.In) {
		return gemba.Fail(gemba.Invalid, "it is not clear how this repository is built and run",
			strings.Join(f.Found, " "), "run  gemba init  in a terminal, which asks; or write a gemba.hcl: docs/reference/declaration.md")
	}
	questions := bufio.NewReader(c.In)
	fmt.Fprintln(c.Err, strings.Join(f.Found, " "))
	for _, q := range []struct {
		question string
		answer   *string
	}{
		{"How is it built (a shell command; empty: nothing to build)? ", &f.Build},
		{"How is it tested (a shell command; empty: no tests)? ", &f.Test},
		{"How does it run (a command; it is given PORT)? ", &f.Run},
	} {
		if *q.answer != "" {
			continue
		}
		fmt.Fprint(c.Err, q.question)
		line, err := questions.ReadString('\n')
		if err != nil {
			return gemba.Fail(gemba.Invalid, "nothing was written", "the questions were not answered", "gemba init")
		}
		*q.answer = strings.TrimSpace(line)
	}
	if f.Run == "" {
		return gemba.Fail(gemba.Invalid, "nothing was written", "a service has to run somehow", "gemba init")
	}
	return nil
}

// write never overwrites, and never writes what would not decode.
func (c *command) write(text []byte) error {
	if _, problems := spec.Decode([]spec.File{{Name: declarationName, Bytes: text}}, spec.Options{Kinds: kinds.Schemas()}); problems.HasErrors() {
		_ = view.Diagnostics(c.Err, c.terminal(c.Err), shown(problems))
		return gemba.Fail(gemba.Invalid, "the answers make no declaration", "see above", "gemba init")
	}
	f, err := os.OpenFile(filepath.Join(c.Dir, declarationName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return there()
	case err != nil:
		return gemba.Fail(gemba.Forbidden, declarationName+" cannot be written", err.Error(), "")
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		return fmt.Errorf("writing %s: %w", declarationName, err)
	}
	return f.Close()
}

func there() error {
	return gemba.Fail(gemba.Conflict, "there is a "+declarationName+" already", "it was left as it is", "gemba check")
}

func (c *command) tell(f detect.Finding, text []byte) {
	for _, sentence := range f.Found {
		fmt.Fprintln(c.Out, sentence)
	}
	for _, sentence := range f.Assumed {
		fmt.Fprintln(c.Out, "Assumed:", sentence)
	}
	fmt.Fprintf(c.Out, "\nwrote %s\n\n", declarationName)
	for line := range strings.Lines(string(text)) {
		fmt.Fprint(c.Out, "  ", line)
	}
	fmt.Fprintf(c.Out, "\nnext  gemba check;  git add %s;  git commit;  gemba ship\n", declarationName)
}

func interactive(in any) bool {
	f, ok := in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
