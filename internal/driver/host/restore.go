package host

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// keptApplies is how many applies a host can go back from.
const keptApplies = 5

// Undo puts back the files that an apply replaced or removed, the latest first, but those to skip, each with why. It returns the
// paths that are now as they were, and why others are not.
func Undo(dir string, skip map[string]string) (restored []string, lost map[string]string, err error) {
	manifest, err := readManifest(dir)
	if err != nil {
		return nil, nil, err
	}
	h, lost := New(Options{}), map[string]string{}
	put := func(kept Kept) {
		if why := skip[kept.Path]; why != "" {
			lost[kept.Path] = why
			return
		}
		if err := h.restore(dir, kept); err != nil {
			lost[kept.Path] = err.Error()
			return
		}
		restored = append(restored, kept.Path)
	}
	for _, kept := range slices.Backward(manifest) { // what was made goes, what lies in a directory before it
		if kept.Type == resource.Absent {
			put(kept)
		}
	}
	for _, kept := range manifest { // what was there comes, a directory before what lies in it
		if kept.Type != resource.Absent {
			put(kept)
		}
	}
	return restored, lost, nil
}

func readManifest(dir string) ([]Kept, error) {
	f, err := os.Open(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, gemba.Fail(gemba.NotFound, "nothing of that apply is kept on this host", fmt.Sprintf("it changed no file, or is older than the last %d", keptApplies), "")
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was kept: %w", err)
	}
	defer f.Close()
	var all []Kept
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var one Kept
		if json.Unmarshal(lines.Bytes(), &one) == nil { // the last line may have been cut off by a crash, before its change
			all = append(all, one)
		}
	}
	return all, nil
}

// restore makes one path what it was.
func (h *Host) restore(dir string, kept Kept) error {
	now, err := h.Lstat(kept.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch kept.Type {
	case resource.Absent:
		return h.Remove(kept.Path) // a directory that has something in it by now stays, and says so
	case resource.Regular:
		if err := h.restoreFile(filepath.Join(dir, kept.File), kept, now); err != nil {
			return err
		}
	case resource.Symlink:
		if now.Type != resource.Symlink || now.Target != kept.Target {
			if err := h.Symlink(kept.Target, kept.Path); err != nil {
				return err
			}
		}
		return h.Chown(kept.Path, kept.UID, kept.GID)
	case resource.Directory:
		if now.Type == resource.Absent {
			return h.Mkdir(kept.Path, resource.Meta{Mode: kept.Mode, UID: kept.UID, GID: kept.GID})
		}
	default:
		return errors.New("it was a device, a pipe or a socket")
	}
	if err := h.Chown(kept.Path, kept.UID, kept.GID); err != nil {
		return err
	}
	return h.Chmod(kept.Path, kept.Mode)
}

// restoreFile gives a path its old content, unless it has it still: a change of mode or owner left the file the same.
func (h *Host) restoreFile(saved string, kept Kept, now resource.Info) error {
	old, err := h.Lstat(saved)
	if err != nil {
		return fmt.Errorf("the old content is gone: %w", err)
	}
	if now.Type == resource.Regular && now.Inode == old.Inode && now.Device == old.Device {
		return nil
	}
	f, err := h.Open(saved)
	if err != nil {
		return err
	}
	defer f.Close()
	return h.Write(kept.Path, f, resource.Meta{Mode: kept.Mode, UID: kept.UID, GID: kept.GID})
}

// Prune forgets what the oldest applies replaced.
func Prune(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // nothing was ever kept
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return age(a).Compare(age(b)) })
	for len(entries) > keptApplies {
		if err := os.RemoveAll(filepath.Join(dir, entries[0].Name())); err != nil {
			return fmt.Errorf("forgetting an old apply: %w", err)
		}
		entries = entries[1:]
	}
	return nil
}

// age is when something of an apply was kept last.
func age(e os.DirEntry) time.Time {
	info, err := e.Info()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
