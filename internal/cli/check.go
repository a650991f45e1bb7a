package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gemba"
	"gemba/internal/human"
	"gemba/internal/resource/kinds"
	"gemba/internal/spec"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

func (c *command) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check [FILE|DIRECTORY]", GroupID: "begin", Short: "Every mistake of the declaration at once, with its place and its remedy",
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			variables, err := assignments(cmd, c.variables)
			if err != nil {
				return err
			}
			files, err := c.declaration(first(args))
			if err != nil {
				return err
			}
			declared, problems := spec.Decode(files, spec.Options{Variables: variables, Environ: os.LookupEnv, Kinds: kinds.Schemas()})
			if len(problems) == 0 {
				return c.show(map[string]any{"diagnostics": []any{}}, func(w io.Writer, _ view.Terminal) error {
					_, err := fmt.Fprintln(w, summary(declared))
					return err
				})
			}
			if err := c.show(map[string]any{"diagnostics": problems}, func(w io.Writer, t view.Terminal) error {
				return view.Diagnostics(w, t, shown(problems))
			}); err != nil {
				return err
			}
			if problems.HasErrors() {
				return exitCode(view.ExitInvalid)
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&c.variables, "var", nil, "`NAME=VALUE` of a declared variable; may be repeated")
	return cmd
}

// declaration reads the files as they are in the work tree: mistakes are to be found before the commit.
func (c *command) declaration(path string) ([]spec.File, error) {
	dir := path
	var err error
	switch {
	case path == "":
		if dir, err = c.place(); err != nil {
			return nil, err
		}
	case !filepath.IsAbs(path):
		dir = filepath.Join(c.Dir, path)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, gemba.Fail(gemba.NotFound, "there is nothing to check", err.Error(), "gemba init")
	}
	if !info.IsDir() {
		text, err := os.ReadFile(dir)
		if err != nil {
			return nil, gemba.Fail(gemba.NotFound, "the declaration cannot be read", err.Error(), "")
		}
		return []spec.File{{Name: filepath.Base(dir), Bytes: text}}, nil
	}
	return readDeclaration(dir)
}

func readDeclaration(dir string) ([]spec.File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, gemba.Fail(gemba.NotFound, "the directory cannot be read", err.Error(), "")
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	var files []spec.File
	for _, name := range spec.Select(names) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, gemba.Fail(gemba.NotFound, "the declaration cannot be read", err.Error(), "")
		}
		files = append(files, spec.File{Name: name, Bytes: text})
	}
	if len(files) == 0 {
		return nil, gemba.Fail(gemba.NotFound, "there is no declaration here", "no *.hcl in "+dir, "gemba init")
	}
	return files, nil
}

func shown(problems spec.Diagnostics) []view.Diagnostic {
	var all []view.Diagnostic
	for _, d := range problems {
		all = append(all, view.Diagnostic(d))
	}
	return all
}

func summary(d *gemba.Declaration) string {
	text := fmt.Sprintf("No mistakes: %s, %s, %s",
		human.Plural(int64(len(d.Services)), "service", "services"), human.Plural(int64(len(d.Environments)), "environment", "environments"),
		human.Plural(int64(len(d.Pipelines)), "pipeline", "pipelines"))
	if len(d.Hosts)+len(d.Profiles) > 0 {
		text += ", " + human.Plural(int64(len(d.Hosts)), "host", "hosts") + ", " + human.Plural(int64(len(d.Profiles)), "profile", "profiles")
	}
	return text + "."
}
