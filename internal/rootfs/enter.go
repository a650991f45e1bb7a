// Package rootfs is what the worker does to a root filesystem that is being
// baked: it steps in, and at the end tidies and packs it.
package rootfs

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// StateDir is where the worker keeps its notes inside: in memory, gone with it.
const StateDir = "/run/gemba"

// Enter makes the root filesystem that a file describes the root of this process, which has to be the first of mount, process,
// UTS and IPC namespaces of its own: whatever is mounted and started in it ends with it. The worker itself is not in it: it
// was started outside and only steps in. Furnished has what packages expect of a system: /proc, /dev, and the files that are
// there only meanwhile.
func Enter(file string, furnished bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading what is baked: %w", err)
	}
	var r wire.RootFS
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("reading what is baked: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keeping mounts to ourselves: %w", err)
	}
	root, err := overlay(r)
	if err != nil {
		return err
	}
	if furnished {
		if err := furnish(root); err != nil {
			return err
		}
	}
	if err := unix.Chroot(root); err != nil {
		return fmt.Errorf("stepping into %s: %w", root, err)
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	unix.Umask(0o022) // not that of whoever bakes
	if !furnished {
		return setAside(r.Aside)
	}
	return putAside(r.Aside)
}

// overlay shows the base with what was changed above it. Nothing of it is synced to the disk: an image that a crash cut short
// is baked again.
func overlay(r wire.RootFS) (string, error) {
	upper, work, root := filepath.Join(r.Work, "upper"), filepath.Join(r.Work, "work"), filepath.Join(r.Work, "root")
	for _, dir := range []string{upper, work, root} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return "", fmt.Errorf("making a place for what is changed: %w", err)
		}
	}
	if err := os.Chmod(upper, 0o755); err != nil { // it becomes the root directory, whatever the umask
		return "", err
	}
	// The kernel marks a volatile overlay, so that none is used again after a crash of the machine. This one was not through any.
	if err := os.RemoveAll(filepath.Join(work, "work", "incompat")); err != nil {
		return "", fmt.Errorf("taking up what was changed: %w", err)
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s,volatile", r.Base, upper, work)
	if err := unix.Mount("gemba-bake", root, "overlay", 0, options); err != nil {
		return "", fmt.Errorf("laying %s over the base, which needs a file system such as ext4 or xfs (see --state): %w", r.Work, err)
	}
	return root, nil
}
