package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

// defaultBase is what a profile is baked over where nothing else is said.
const defaultBase = "debian:bookworm"

func (c *command) bakeCommand() *cobra.Command {
	var ask contract.Bake
	cmd := &cobra.Command{
		Use: "bake PROFILE", GroupID: "servers", Short: "Make an image of a profile: a root filesystem that hosts start from",
		Long: "Brings a root filesystem to what a profile declares, by the worker that converges hosts, and writes it as a tar\n" +
			"(-o) or into the artifact store (--image). The same profile, base and PROFILE.lock give the same digest. What only\n" +
			"a running system can do is listed, and done when a host starts. It needs root.",
		Args: arguments(1, 1, "the name of a profile"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ask.Profile = args[0]
			if ask.File == "" && ask.Name == "" {
				return usage(cmd, errors.New("gemba bake needs -o FILE or --image NAME"))
			}
			if err := c.completeBake(cmd, &ask); err != nil {
				return err
			}
			return c.bake(cmd.Context(), ask)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&ask.File, "output", "o", "", "write the image to this `file`, as a tar")
	flags.StringVar(&ask.Name, "image", "", "keep the image in the artifact store under this `name`")
	flags.StringVar(&ask.Base, "base", defaultBase, "what it is baked over: debian:SUITE, a directory, or a tar")
	flags.BoolVar(&ask.Update, "update", false, "take the newest packages, and write PROFILE.lock anew")
	flags.StringVar(&ask.Revision, "commit", "HEAD", "`revision` whose declaration counts")
	flags.StringArrayVar(&c.variables, "var", nil, "`NAME=VALUE` of a declared variable; may be repeated")
	return cmd
}

// completeBake fills in what follows from where the command was given.
func (c *command) completeBake(cmd *cobra.Command, ask *contract.Bake) error {
	var err error
	if ask.Variables, err = assignments(cmd, c.variables); err != nil {
		return err
	}
	if ask.Dir, err = c.place(); err != nil {
		return err
	}
	if ask.File != "" {
		ask.File = c.path(ask.File)
	}
	if !strings.HasPrefix(ask.Base, "debian:") {
		ask.Base = c.path(ask.Base)
	}
	lock, err := os.ReadFile(lockFile(*ask))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return gemba.Fail(gemba.Invalid, "the lock cannot be read", err.Error(), "")
	}
	ask.Lock = string(lock)
	return nil
}

// path is a path as the server takes it, which works elsewhere.
func (c *command) path(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(c.Dir, path)
}

// lockFile is where the versions of packages are kept: beside the declaration.
func lockFile(ask contract.Bake) string {
	return filepath.Join(ask.Dir, filepath.Base(ask.Profile)+".lock")
}

// bake asks the server, narrates, and keeps the lock.
func (c *command) bake(ctx context.Context, ask contract.Bake) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := c.server(ctx)
	if err != nil {
		return err
	}
	var image gemba.Image
	began := c.Now()
	narration := view.NewBake(c.Err, c.terminal(c.Err))
	err = server.Bake(ctx, ask, func(f gemba.BakeFrame) error {
		if f.Image != nil {
			image = *f.Image
		}
		if c.json {
			return view.JSONLine(c.Out, f)
		}
		return narration.Frame(f)
	})
	if err != nil && ctx.Err() != nil {
		return gemba.Fail(gemba.Unavailable, "it was interrupted", "no image was made", "run the same command again")
	}
	if err != nil {
		return err
	}
	if err := c.keepLock(ask, image); err != nil || c.json {
		return err
	}
	return c.show(image, func(w io.Writer, t view.Terminal) error { return view.Image(w, t, image, c.Now().Sub(began)) })
}

// keepLock writes the lock where it is new or says something else now.
func (c *command) keepLock(ask contract.Bake, image gemba.Image) error {
	if image.Lock == "" || image.Lock == ask.Lock {
		return nil
	}
	path := lockFile(ask)
	if err := os.WriteFile(path, []byte(image.Lock), 0o644); err != nil {
		return gemba.Fail(gemba.Invalid, "the image was made, and its lock cannot be written", err.Error(), "")
	}
	fmt.Fprintf(c.Err, "%s has the versions of %d packages: commit it, and later bakes use the same\n", filepath.Base(path), len(image.Packages))
	return nil
}
