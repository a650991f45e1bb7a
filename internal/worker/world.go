package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// home is the private directory of a sandbox's user.
const home = "/home/gemba"

// wishError is what was asked for and cannot be had, on whatever machine.
type wishError struct{ err error }

func (e *wishError) Error() string { return e.err.Error() }
func (e *wishError) Unwrap() error { return e.err }

// systemDirs hold the machine's programs. Where one is a link, so it is in the sandbox.
func systemDirs() []string {
	return []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix"}
}

// buildWorld makes a root of its own for the calling process, which is the
// first of its mount and process namespaces: what is shown is taken hold of
// first, then put into an empty file system in memory, then the machine's
// root is left behind. See mount_setattr(2) and pivot_root(2).
func buildWorld(p plan) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to ourselves: %w", err)
	}
	places, err := collect(*p.World)
	if err != nil {
		return err
	}
	etc, err := readEtc(p.UID, p.GID)
	if err != nil {
		return err
	}
	if err := unix.Mount("gemba", p.Base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
		return fmt.Errorf("make a root in memory: %w", err)
	}
	root, err := openRoot(p.Base)
	if err != nil {
		return err
	}
	defer root.close()
	if err := root.furnish(p, etc); err != nil {
		return err
	}
	for _, place := range places {
		if err := root.put(place); err != nil {
			return err
		}
	}
	if err := root.enter(); err != nil {
		return err
	}
	return settleNetwork(p.World.Network)
}

// place is something to be seen at a path of the new root: a tree of the
// machine, a link, or nothing where something must not be seen.
type place struct {
	target string
	tree   int    // a detached copy of the mounts; -1: none
	file   bool   // the tree is a single file
	link   string // of a symbolic link
	wish   string // source, when it was asked for by name
}

// collect takes hold of everything that is to be seen, parents first.
func collect(world wire.Sandbox) ([]place, error) {
	var places []place
	add := func(m wire.Mount, attributes uint64, wish bool) error {
		tree, err := takeTree(m.Source, attributes)
		if err != nil {
			if wish {
				err = fmt.Errorf("show %s: %w", m.Source, err)
				if errors.Is(err, unix.ENOENT) {
					err = &wishError{err}
				}
			}
			return err
		}
		tree.target = filepath.Clean("/" + m.Target)
		if wish {
			tree.wish = m.Source
		}
		places = append(places, tree)
		places = append(places, hidden(world.Hide, m)...)
		return nil
	}
	const readable = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	for _, dir := range systemDirs() {
		if link, err := os.Readlink(dir); err == nil {
			places = append(places, place{target: dir, tree: -1, link: link})
			continue
		}
		if err := add(wire.Mount{Source: dir, Target: dir}, readable|unix.MOUNT_ATTR_RDONLY, false); err != nil && !errors.Is(err, unix.ENOENT) {
			return nil, fmt.Errorf("show %s: %w", dir, err)
		}
	}
	for _, dir := range etcDirs() {
		if err := add(wire.Mount{Source: dir, Target: dir}, readable|unix.MOUNT_ATTR_RDONLY, false); err != nil && !errors.Is(err, unix.ENOENT) {
			return nil, fmt.Errorf("show %s: %w", dir, err)
		}
	}
	for _, device := range devices() {
		if err := add(wire.Mount{Source: device, Target: device}, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC, false); err != nil {
			return nil, fmt.Errorf("show %s: %w", device, err)
		}
	}
	for _, m := range world.Read {
		if err := add(m, readable|unix.MOUNT_ATTR_RDONLY, true); err != nil {
			return nil, err
		}
	}
	for _, m := range world.Write {
		if err := add(m, readable, true); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return strings.Compare(a.target, b.target) })
	return places, nil
}

// takeTree copies the mounts at a path, with everything mounted below.
func takeTree(source string, attributes uint64) (place, error) {
	var stat unix.Stat_t
	if err := unix.Stat(source, &stat); err != nil {
		return place{}, err
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, source, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return place{}, err
	}
	err = unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: attributes})
	if err != nil {
		unix.Close(tree)
		return place{}, err
	}
	return place{tree: tree, file: stat.Mode&unix.S_IFMT != unix.S_IFDIR}, nil
}

// hidden returns where the directories of hide would be seen through m.
func hidden(hide []string, m wire.Mount) []place {
	source, err := filepath.EvalSymlinks(m.Source)
	if err != nil {
		return nil
	}
	var places []place
	for _, dir := range hide {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil {
			continue // what does not exist needs no hiding
		}
		if rest, ok := below(real, source); ok {
			places = append(places, place{target: filepath.Join("/", m.Target, rest), tree: -1})
		}
	}
	return places
}

// withHome sets HOME to the private directory, unless it names one that was mounted.
func (p *plan) withHome(env []string) []string {
	for _, m := range slices.Concat(p.World.Write, p.World.Read) {
		if _, ok := below(lookup(env, "HOME"), m.Target); ok {
			return env
		}
	}
	env = slices.DeleteFunc(slices.Clone(env), func(entry string) bool { return strings.HasPrefix(entry, "HOME=") })
	return append(env, "HOME="+home)
}
