package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"gemba/internal/resource"
)

// undo keeps what files were before they were changed, each path once: a line of the manifest, and the old file itself
// under the line's number. A nil undo keeps nothing.
type undo struct {
	dir string

	mu       sync.Mutex
	kept     map[string]bool
	manifest *os.File
	devices  map[uint64]string // file systems that were changed, each with a directory on it
}

// Kept is one line of a manifest.
type Kept struct {
	Path string `json:"path"`
	resource.Info
	File string `json:"file,omitempty"` // name of the old file beside the manifest
}

const manifestName = "manifest"

// keep remembers one path as it is now.
func (u *undo) keep(path string) error {
	if u == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.touch(parent(path))
	if err := u.open(); err != nil {
		return err
	}
	if u.kept[path] {
		return nil
	}
	line := Kept{Path: path}
	info, err := (&Host{}).Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		line.Info = info
	}
	if line.Type == resource.Regular {
		line.File = strconv.Itoa(len(u.kept))
		if err := removeIfThere(filepath.Join(u.dir, line.File)); err != nil { // its line was cut off by a crash
			return fmt.Errorf("keeping %s as it was: %w", path, err)
		}
		if err := save(path, filepath.Join(u.dir, line.File)); err != nil {
			return fmt.Errorf("keeping %s as it was: %w", path, err)
		}
	}
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("keeping %s as it was: %w", path, err)
	}
	if _, err := u.manifest.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("keeping %s as it was: %w", path, err)
	}
	u.kept[path] = true
	return nil
}

// keepAll remembers a tree, directories before what is in them.
func (u *undo) keepAll(path string) error {
	if u == nil {
		return nil
	}
	return filepath.WalkDir(path, func(name string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return u.keep(name)
	})
}

func (u *undo) open() error {
	if u.manifest != nil {
		return nil
	}
	if err := os.MkdirAll(u.dir, 0o700); err != nil {
		return fmt.Errorf("making a place for what is replaced: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(u.dir, manifestName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("making a place for what is replaced: %w", err)
	}
	u.manifest, u.kept = f, map[string]bool{}
	return u.resume()
}

// resume goes on where an earlier apply of the same plan stopped: what was kept then is what undo puts back.
func (u *undo) resume() error {
	before, err := readManifest(u.dir)
	if err != nil || len(before) == 0 {
		return err
	}
	for _, kept := range before {
		u.kept[kept.Path] = true
	}
	_, err = u.manifest.WriteString("\n") // the last line may have been cut off
	return err
}

// save keeps a file: the same one under another name where that can be, as its name will be given to another file.
func save(path, as string) error {
	if err := os.Link(path, as); err == nil {
		return nil
	}
	old, err := os.Open(path)
	if err != nil {
		return err
	}
	defer old.Close()
	f, err := os.OpenFile(as, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, old)
	return errors.Join(err, f.Close())
}

func (u *undo) touch(dir string) {
	var stat unix.Stat_t
	if unix.Stat(dir, &stat) != nil {
		return
	}
	if u.devices == nil {
		u.devices = map[uint64]string{}
	}
	u.devices[stat.Dev] = dir
}

// touched are directories on each of the file systems that were changed.
func (u *undo) touched() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var dirs []string
	for _, dir := range u.devices {
		dirs = append(dirs, dir)
	}
	return dirs
}
