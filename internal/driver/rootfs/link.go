// Package rootfs reaches a root filesystem that is being baked as a host: the
// worker is a process of this machine that steps into it.
package rootfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/driver/child"
	"gemba/internal/wire"
)

var _ converge.Link = (*Link)(nil)

// Link implements converge.Link for a root filesystem: a base that is not changed, and a directory for what is.
type Link struct{ worker, work string }

// describedIn names the file of the work directory that tells the worker what to step into.
const describedIn = "root.json"

// stateDir is where the worker keeps notes inside, in memory.
const stateDir = "/run/gemba"

// Allowed says, as an error, why nothing can be baked by this process.
func Allowed() error {
	if os.Geteuid() != 0 {
		return gemba.Fail(gemba.Forbidden, "baking needs root", fmt.Sprintf("the server runs as user %d, and the files of a system belong to many", os.Geteuid()), "gemba down, then  sudo gemba bake")
	}
	return nil
}

// Open makes the link; worker is the path of the worker's executable. The work directory is made, and has to lie on a file system
// that can be laid over another.
func Open(worker string, root wire.RootFS) (*Link, error) {
	if strings.ContainsAny(root.Base+root.Work, `,:\`) { // the options of a mount have no way to quote them
		return nil, gemba.Fail(gemba.Invalid, "a path with a comma, colon or backslash cannot be baked in", root.Base+" and "+root.Work, "use another directory, with --base or --state")
	}
	text, err := json.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("describing a root filesystem: %w", err)
	}
	if err := os.MkdirAll(root.Work, 0o700); err != nil {
		return nil, fmt.Errorf("making a place to bake in: %w", err)
	}
	if err := os.WriteFile(filepath.Join(root.Work, describedIn), text, 0o600); err != nil {
		return nil, fmt.Errorf("making a place to bake in: %w", err)
	}
	return &Link{worker, root.Work}, nil
}

// At is the link to a root filesystem that was opened before, by its work directory.
func At(worker, work string) *Link { return &Link{worker, work} }

// Worker implements converge.Link.
func (l *Link) Worker(ctx context.Context, args ...string) (converge.Session, error) {
	switch args[0] {
	case "converge":
		args = append(args, "--baked", "--state", stateDir)
	case "facts":
		args = append(args, "--baked")
	}
	return l.start(ctx, args)
}

// start starts the worker as the first process of namespaces of its own: what it mounts and starts is gone with it.
func (l *Link) start(ctx context.Context, args []string) (*session, error) {
	command := exec.CommandContext(ctx, l.worker, append([]string{"within", filepath.Join(l.work, describedIn)}, args...)...)
	command.Dir, command.Env = "/", []string{"LANG=C.UTF-8"}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC}
	command.WaitDelay = 10 * time.Second
	worker, err := child.Start(command)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EPERM) {
		return nil, gemba.Fail(gemba.Unavailable, "a root filesystem cannot be stepped into on this machine", "it allows no namespaces: "+err.Error(), "bake on a machine that is no container, or in one with all privileges")
	}
	if err != nil {
		return nil, gemba.Fail(gemba.Unavailable, "the worker cannot be started on this machine", err.Error(), "gemba doctor")
	}
	return &session{worker}, nil
}

// Close implements converge.Link.
func (l *Link) Close() error { return nil }

// session implements converge.Session.
type session struct{ *child.Worker }

func (s *session) Wait() error {
	said, err := s.End()
	if err == nil {
		return nil
	}
	return gemba.Fail(gemba.Unavailable, "the worker in the root filesystem ended: "+err.Error(), said, "")
}

// Close tells the worker that nobody listens any more, and waits until it has ended what it has in hand: two at a time in one root
// filesystem would see each other's halves.
func (s *session) Close() error {
	err := s.CloseWrite()
	_, _ = io.Copy(io.Discard, s) // it may have something to say on its way out
	_ = s.Wait()                  // what was wrong, it has said to whom it mattered
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
