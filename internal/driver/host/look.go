package host

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gemba/internal/resource"
)

// Lstat implements resource.Files.
func (h *Host) Lstat(path string) (resource.Info, error) {
	var stat unix.Stat_t
	if err := unix.Lstat(path, &stat); err != nil {
		return resource.Info{}, &fs.PathError{Op: "lstat", Path: path, Err: absent(err)}
	}
	info := described(stat)
	if info.Type == resource.Symlink {
		target, err := os.Readlink(path)
		if err != nil {
			return info, err
		}
		info.Target = target
	}
	return info, nil
}

// Stat implements resource.Files.
func (h *Host) Stat(path string) (resource.Info, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return resource.Info{}, &fs.PathError{Op: "stat", Path: path, Err: absent(err)}
	}
	return described(stat), nil
}

// absent takes a path through something that is no directory for what it is: nothing is there.
func absent(err error) error {
	if err == unix.ENOTDIR {
		return unix.ENOENT
	}
	return err
}

func described(stat unix.Stat_t) resource.Info {
	info := resource.Info{
		Type: resource.Other, Mode: stat.Mode & 0o7777, UID: int(stat.Uid), GID: int(stat.Gid), Size: stat.Size,
		Inode: stat.Ino, Device: stat.Dev, Modified: time.Unix(stat.Mtim.Unix()),
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		info.Type = resource.Regular
	case unix.S_IFDIR:
		info.Type = resource.Directory
	case unix.S_IFLNK:
		info.Type = resource.Symlink
	}
	return info
}

// ReadFile implements resource.Files.
func (h *Host) ReadFile(path string) ([]byte, error) {
	f, err := h.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Open implements resource.Files. It never waits for a pipe that somebody put in a file's place.
func (h *Host) Open(path string) (io.ReadCloser, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadDir implements resource.Files.
func (h *Host) ReadDir(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}
