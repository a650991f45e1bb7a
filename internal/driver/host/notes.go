package host

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Notes implements converge.Notes: a file for each resource that has yet to be told, written and synced before the change
// that it is about.
type Notes struct{ Dir string }

// notePattern names notes that are being written.
const notePattern = ".note-*"

type note struct {
	Told    string `json:"told"`
	Because string `json:"because"`
}

// Put implements converge.Notes.
func (n Notes) Put(told, because string) error {
	if err := os.MkdirAll(n.Dir, 0o700); err != nil {
		return fmt.Errorf("making a place for notes: %w", err)
	}
	text, err := json.Marshal(note{told, because})
	if err != nil {
		return fmt.Errorf("writing a note: %w", err)
	}
	name := n.name(told)
	if old, err := os.ReadFile(name); err == nil && json.Valid(old) {
		return nil // it waits to be told already
	}
	f, err := os.CreateTemp(n.Dir, notePattern)
	if err != nil {
		return fmt.Errorf("writing a note: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("writing a note: %w", errors.Join(err, removeIfThere(f.Name())))
	}
	return syncDir(n.Dir)
}

// Drop implements converge.Notes.
func (n Notes) Drop(told string) error { return removeIfThere(n.name(told)) }

// All implements converge.Notes.
func (n Notes) All() (map[string]string, error) {
	entries, err := os.ReadDir(n.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the notes: %w", err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue // it was being written when its writer was killed: what it is about was not begun
		}
		var one note
		text, err := os.ReadFile(filepath.Join(n.Dir, e.Name()))
		if err == nil && json.Unmarshal(text, &one) == nil && one.Told != "" {
			all[one.Told] = one.Because
		}
	}
	return all, nil
}

func (n Notes) name(told string) string {
	sum := sha256.Sum256([]byte(told))
	return filepath.Join(n.Dir, hex.EncodeToString(sum[:12]))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
