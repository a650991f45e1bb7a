package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// root is a file system that is being furnished. Paths in it are resolved as
// if it were the root already, so that a link in a source tree leads nowhere else.
type root struct {
	base string
	fd   int
}

func openRoot(base string) (*root, error) {
	fd, err := unix.Open(base, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &root{base: base, fd: fd}, nil
}

func (r *root) close() { unix.Close(r.fd) }

// furnish makes what every sandbox has.
func (r *root) furnish(p plan, etc []etcFile) error {
	for _, dir := range []struct {
		path     string
		mode     os.FileMode
		uid, gid int
	}{
		{"etc", 0o755, -1, -1}, {"etc/ssl", 0o755, -1, -1}, {"proc", 0o755, -1, -1}, {"dev", 0o755, -1, -1}, {"dev/pts", 0o755, -1, -1},
		{"dev/shm", 0o1777, -1, -1}, {"tmp", 0o1777, -1, -1}, {"var", 0o755, -1, -1}, {"var/tmp", 0o1777, -1, -1},
		{"run", 0o755, p.UID, p.GID}, {"home", 0o755, -1, -1}, {home[1:], 0o700, p.UID, p.GID},
	} {
		path := filepath.Join(r.base, dir.path)
		if err := os.Mkdir(path, dir.mode.Perm()); err != nil {
			return err
		}
		if err := unix.Chmod(path, uint32(dir.mode)); err != nil { // mkdir heeds the umask
			return err
		}
		if dir.uid >= 0 {
			if err := os.Lchown(path, dir.uid, dir.gid); err != nil {
				return err
			}
		}
	}
	for _, file := range etc {
		if err := os.WriteFile(filepath.Join(r.base, file.path), file.content, 0o644); err != nil {
			return err
		}
	}
	for link, to := range map[string]string{
		"dev/fd": "/proc/self/fd", "dev/stdin": "/proc/self/fd/0", "dev/stdout": "/proc/self/fd/1",
		"dev/stderr": "/proc/self/fd/2", "dev/ptmx": "pts/ptmx", "var/run": "/run", "etc/mtab": "/proc/self/mounts",
	} {
		if err := os.Symlink(to, filepath.Join(r.base, link)); err != nil {
			return err
		}
	}
	return r.mountKernel(p)
}

// mountKernel mounts the file systems in which a sandbox sees its own
// processes and terminals.
func (r *root) mountKernel(p plan) error {
	const safe = unix.MS_NOSUID | unix.MS_NOEXEC
	if err := unix.Mount("proc", filepath.Join(r.base, "proc"), "proc", safe|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := unix.Mount("devpts", filepath.Join(r.base, "dev/pts"), "devpts", safe, "newinstance,ptmxmode=0666,mode=0620"); err != nil {
		return fmt.Errorf("mount /dev/pts: %w", err)
	}
	if p.User || p.UID != 0 {
		return nil
	}
	// The files of a root without capabilities are still root's.
	for _, path := range []string{"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"} {
		tree, err := takeTree(filepath.Join(r.base, path), unix.MOUNT_ATTR_RDONLY)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return fmt.Errorf("protect %s: %w", path, err)
		}
		tree.target = path
		if err := r.put(tree); err != nil {
			return err
		}
	}
	return nil
}

// put shows one place. What it is to be mounted on is made where it is missing.
func (r *root) put(p place) error {
	if p.link != "" {
		return os.Symlink(p.link, filepath.Join(r.base, p.target))
	}
	target, err := r.target(p)
	if err != nil {
		err = fmt.Errorf("show %s: make %s: %w", p.wish, p.target, err)
		if p.wish != "" {
			return &wishError{err}
		}
		return err
	}
	defer unix.Close(target)
	if p.tree < 0 {
		return r.hide(target, p.target)
	}
	defer unix.Close(p.tree)
	if err := unix.MoveMount(p.tree, "", target, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH); err != nil {
		return fmt.Errorf("show %s: %w", p.target, err)
	}
	return nil
}

// hide covers a directory with an empty one.
func (r *root) hide(target int, path string) error {
	err := unix.Mount("hidden", fmt.Sprintf("/proc/self/fd/%d", target), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=64k")
	if err != nil {
		return fmt.Errorf("hide %s: %w", path, err)
	}
	return nil
}

// target opens the path of a place, making it first where it is missing.
func (r *root) target(p place) (int, error) {
	if fd, err := r.open(p.target); !errors.Is(err, unix.ENOENT) {
		return fd, err
	}
	parent, name := filepath.Split(p.target)
	if err := r.makeAll(parent); err != nil {
		return -1, err
	}
	dir, err := r.open(parent)
	if err != nil {
		return -1, err
	}
	defer unix.Close(dir)
	if !p.file {
		err = unix.Mkdirat(dir, name, 0o755)
	} else {
		err = unix.Mknodat(dir, name, unix.S_IFREG|0o644, 0)
	}
	if err != nil {
		return -1, err
	}
	return r.open(p.target)
}

func (r *root) open(path string) (int, error) {
	return unix.Openat2(r.fd, path, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
}

func (r *root) makeAll(path string) error {
	at := "/"
	for _, name := range strings.Split(strings.Trim(path, "/"), "/") {
		dir, err := r.open(at)
		if err != nil {
			return err
		}
		err = unix.Mkdirat(dir, name, 0o755)
		unix.Close(dir)
		if err != nil && !errors.Is(err, unix.EEXIST) && name != "" {
			return err
		}
		at = filepath.Join(at, name)
	}
	return nil
}

// enter makes r the root and lets go of the machine's.
func (r *root) enter() error {
	if err := unix.Chdir(r.base); err != nil {
		return err
	}
	// The old root comes to lie on the new one, and is taken away from there.
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the machine's root: %w", err)
	}
	return unix.Chdir("/")
}
