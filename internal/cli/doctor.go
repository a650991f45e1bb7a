package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"gemba"
	"gemba/internal/client"
	"gemba/internal/human"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

func (c *command) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", GroupID: "serve", Short: "What this machine has of what Gemba needs",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := c.examine(cmd.Context())
			if err := c.show(findings, func(w io.Writer, t view.Terminal) error { return view.Findings(w, t, findings) }); err != nil {
				return err
			}
			for _, f := range findings {
				if f.State == view.Bad {
					return exitCode(view.ExitError)
				}
			}
			return nil
		},
	}
}

// examine looks at one thing after the other, the ones that others stand on first. It changes nothing and starts nothing.
func (c *command) examine(ctx context.Context) []view.Finding {
	findings := []view.Finding{c.programs(), version(ctx, "git", "builds start from commits", "apt-get install git", view.Bad), c.isolation(ctx)}
	if home, err := c.home(); err != nil {
		findings = append(findings, ill("declaration", err, view.Noted))
	} else {
		findings = append(findings, stateDirectory(home), serverOf(ctx, home))
	}
	return append(findings, version(ctx, "git-lfs", "only for repositories that use it", "apt-get install git-lfs", view.Noted))
}

func ill(name string, err error, state view.Mark) view.Finding {
	f := view.Finding{Name: name, State: state, Says: err.Error()}
	if said := (*gemba.Error)(nil); errors.As(err, &said) {
		f.Try = said.Try
	}
	return f
}

// programs are the executables that lie beside this one.
func (c *command) programs() view.Finding {
	dir := filepath.Dir(c.Self)
	var missing []string
	for _, name := range []string{"gemba-server", "gemba-edge", "gemba-worker"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&0o111 == 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return view.Finding{Name: "programs", State: view.Bad, Says: "not in " + dir + ": " + strings.Join(missing, ", "), Try: "put all four executables into one directory"}
	}
	return view.Finding{Name: "programs", State: view.Good, Says: "gemba " + gemba.Version + ", all four in " + dir}
}

// version asks a program for its version; otherwise is how bad it is when it is not there.
func version(ctx context.Context, name, why, try string, otherwise view.Mark) view.Finding {
	path, err := exec.LookPath(name)
	if err != nil {
		return view.Finding{Name: name, State: otherwise, Says: "not installed; needed because " + why, Try: try}
	}
	out, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return view.Finding{Name: name, State: otherwise, Says: path + " does not say its version: " + err.Error(), Try: try}
	}
	said, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return view.Finding{Name: name, State: view.Good, Says: said}
}

// isolation asks the worker, who tries it.
func (c *command) isolation(ctx context.Context) view.Finding {
	f := view.Finding{Name: "isolation", State: view.Good, Says: "builds and tests run in namespaces of their own"}
	out, err := exec.CommandContext(ctx, filepath.Join(filepath.Dir(c.Self), "gemba-worker"), "isolation").Output()
	var can struct {
		Isolated bool   `json:"isolated"`
		Weakness string `json:"weakness"`
	}
	if err == nil {
		err = json.Unmarshal(out, &can)
	}
	switch {
	case err != nil:
		return view.Finding{Name: f.Name, State: view.Noted, Says: "cannot be found out: " + err.Error()}
	case !can.Isolated:
		f.State, f.Says = view.Noted, "builds can reach what their user can: "+can.Weakness
		f.Try = "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run the server as root"
	}
	return f
}

// scarce is how little room is worth a word: artifacts, caches and logs need some.
const scarce = 2 << 30

func stateDirectory(home client.Home) view.Finding {
	f := view.Finding{Name: "state", State: view.Good}
	dir := home.State
	for { // the directory itself may not be there yet
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	const writable = 2 // access(2), W_OK
	if err := syscall.Access(dir, writable); err != nil {
		f.State, f.Says, f.Try = view.Bad, dir+" cannot be written: "+err.Error(), "choose another with --state DIR"
		return f
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		f.State, f.Says = view.Noted, "the room in "+dir+" is not known: "+err.Error()
		return f
	}
	room := int64(disk.Bavail) * disk.Bsize
	f.Says = fmt.Sprintf("%s, %s free", home.State, human.Bytes(room))
	if room < scarce {
		f.State, f.Try = view.Noted, "make room, or choose another directory with --state DIR"
	}
	return f
}

func serverOf(ctx context.Context, home client.Home) view.Finding {
	f := view.Finding{Name: "server", State: view.Good}
	_, server, err := home.Connect(ctx)
	switch {
	case err == nil:
		f.Says = fmt.Sprintf("process %d answers at %s", server.PID, home.Socket())
	case gemba.CodeOf(err) == gemba.Unavailable:
		f.Says = "none runs; the next command that needs one starts it"
	default:
		return ill(f.Name, err, view.Bad)
	}
	return f
}
