package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"gemba/internal/resource"
)

// Write implements resource.Files: a new file beside the old one takes its place at once.
func (h *Host) Write(path string, body io.Reader, meta resource.Meta) error {
	return h.replace(path, func(beside string) error {
		f, err := os.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := io.Copy(f, body); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		if err := f.Chown(meta.UID, meta.GID); err != nil {
			return err
		}
		if err := keepAttributes(path, f); err != nil {
			return fmt.Errorf("keeping the extended attributes of %s: %w", path, err)
		}
		if err := unix.Fchmod(int(f.Fd()), meta.Mode); err != nil { // after the owner: a change of it takes setuid away
			return &fs.PathError{Op: "chmod", Path: path, Err: err}
		}
		return f.Close()
	})
}

// Symlink implements resource.Files.
func (h *Host) Symlink(target, path string) error {
	return h.replace(path, func(beside string) error { return os.Symlink(target, beside) })
}

// Link implements resource.Files.
func (h *Host) Link(target, path string) error {
	return h.replace(path, func(beside string) error { return os.Link(target, beside) })
}

// replace makes something beside a path and puts it in its place. A directory is never replaced.
func (h *Host) replace(path string, make func(beside string) error) error {
	if err := h.undo.keep(path); err != nil {
		return err
	}
	beside := filepath.Join(parent(path), "."+filepath.Base(path)+".gemba-new") // always that one: what a worker that was killed has left goes here
	if err := removeIfThere(beside); err != nil {
		return err
	}
	err := make(beside)
	if err == nil {
		err = os.Rename(beside, path)
		// Two names of one file: the kernel leaves both, and the one that was made goes.
		if err == nil {
			if _, left := os.Lstat(beside); left != nil {
				return nil
			}
		}
	}
	return errors.Join(err, removeIfThere(beside))
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// keepAttributes gives a new file the extended attributes, ACLs among them, of the one that it replaces. Where the file
// system has none, there are none to keep.
func keepAttributes(old string, f *os.File) error {
	names := make([]byte, 64<<10) // the most that the kernel tells; to ask for the size first is not reliable on overlays
	size, err := unix.Llistxattr(old, names)
	if err != nil || size == 0 {
		return nil
	}
	value := make([]byte, 64<<10)
	for _, name := range strings.Split(strings.TrimSuffix(string(names[:size]), "\x00"), "\x00") {
		if name == "security.capability" {
			continue // it was given to the content that goes
		}
		length, err := unix.Lgetxattr(old, name, value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := unix.Fsetxattr(int(f.Fd()), name, value[:length], 0); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// Mkdir implements resource.Files.
func (h *Host) Mkdir(path string, meta resource.Meta) error {
	if err := h.undo.keep(path); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	if err := os.Lchown(path, meta.UID, meta.GID); err != nil {
		return err
	}
	return chmod(path, meta.Mode)
}

// Chmod implements resource.Files.
func (h *Host) Chmod(path string, mode uint32) error {
	if err := h.undo.keep(path); err != nil {
		return err
	}
	return chmod(path, mode)
}

// chmod never follows a link.
func chmod(path string, mode uint32) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "chmod", Path: path, Err: err}
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return &fs.PathError{Op: "chmod", Path: path, Err: err}
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFLNK {
		return &fs.PathError{Op: "chmod", Path: path, Err: errors.New("a link has no mode")}
	}
	if err := unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), mode); err != nil {
		return &fs.PathError{Op: "chmod", Path: path, Err: err}
	}
	return nil
}

// Chown implements resource.Files.
func (h *Host) Chown(path string, uid, gid int) error {
	if err := h.undo.keep(path); err != nil {
		return err
	}
	return os.Lchown(path, uid, gid)
}

// Remove implements resource.Files.
func (h *Host) Remove(path string) error {
	if err := h.undo.keep(path); err != nil {
		return err
	}
	return removeIfThere(path)
}

// RemoveAll implements resource.Files.
func (h *Host) RemoveAll(path string) error {
	if err := h.undo.keepAll(path); err != nil {
		return err
	}
	return os.RemoveAll(path)
}
