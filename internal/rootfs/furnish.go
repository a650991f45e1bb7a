package rootfs

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// furnish mounts what programs expect of a system. Everything in /run and /tmp is in memory: it would be gone at a start as well.
func furnish(root string) error {
	const safe = unix.MS_NOSUID | unix.MS_NOEXEC
	for _, m := range []struct {
		path, kind, options string
		flags               uintptr
	}{
		{"proc", "proc", "", safe | unix.MS_NODEV},
		{"dev", "tmpfs", "mode=0755", unix.MS_NOSUID},
		{"dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5", safe},
		{"dev/shm", "tmpfs", "mode=1777", unix.MS_NOSUID | unix.MS_NODEV},
		{"run", "tmpfs", "mode=0755", unix.MS_NOSUID | unix.MS_NODEV},
		{"run/lock", "tmpfs", "mode=1777", safe | unix.MS_NODEV},
		{"tmp", "tmpfs", "mode=1777", unix.MS_NOSUID | unix.MS_NODEV},
	} {
		path := filepath.Join(root, m.path)
		if err := os.MkdirAll(path, 0o755); err != nil {
			return fmt.Errorf("mounting /%s: %w", m.path, err)
		}
		if err := unix.Mount(m.kind, path, m.kind, m.flags, m.options); err != nil {
			return fmt.Errorf("mounting /%s: %w", m.path, err)
		}
	}
	// Few packages read /sys, and a machine that is itself a container may not show it.
	_ = os.MkdirAll(filepath.Join(root, "sys"), 0o755)
	_ = unix.Mount("sysfs", filepath.Join(root, "sys"), "sysfs", safe|unix.MS_NODEV|unix.MS_RDONLY, "")
	if err := devices(filepath.Join(root, "dev")); err != nil {
		return fmt.Errorf("making devices: %w", err)
	}
	return unix.Sethostname([]byte("localhost")) // nothing may remember where it was baked
}

// devices makes the few that programs cannot do without.
func devices(dir string) error {
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		if err := device(filepath.Join(dir, name), 1, minor); err != nil {
			return err
		}
	}
	if err := device(filepath.Join(dir, "tty"), 5, 0); err != nil {
		return err
	}
	for name, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func device(path string, major, minor uint32) error {
	if err := unix.Mknod(path, unix.S_IFCHR|0o666, int(unix.Mkdev(major, minor))); err != nil {
		return &os.PathError{Op: "mknod", Path: path, Err: err}
	}
	return os.Chmod(path, 0o666)
}
