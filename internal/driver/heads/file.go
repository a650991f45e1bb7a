// Package heads keeps the signed heads of a ledger outside the state
// directory, so that an old copy of the state, a cut one or a remade one
// cannot pass for the true one. docs/formats/ledger.md describes the file.
package heads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"gemba"
)

// File implements ledger.Heads: one file per ledger, a line of JSON per entry,
// only ever appended to.
type File struct {
	dir   string
	id    string
	place string

	mu  sync.Mutex
	end int64 // of the last whole line, where the file was left
}

// line is one entry. Exactly one field is set.
type line struct {
	Place string `json:"place,omitempty"` // the state directory from here on
	Key   string `json:"key,omitempty"`   // a verification key
	Head  string `json:"head,omitempty"`  // a signed head
}

// New names the file of ledger id in dir, for the state directory place. It
// touches nothing before something is kept.
func New(dir, id, place string) *File { return &File{dir: dir, id: id, place: place} }

// Dir is where heads are kept: $XDG_STATE_HOME/gemba/heads, or
// ~/.local/state/gemba/heads (XDG base directory specification).
func Dir(getenv func(string) string) (string, error) {
	// The specification has relative paths ignored.
	if state := getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "gemba", "heads"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", gemba.Fail(gemba.Invalid, "there is no place for the ledger's heads", "neither XDG_STATE_HOME nor HOME is set", "set XDG_STATE_HOME")
	}
	return filepath.Join(home, ".local", "state", "gemba", "heads"), nil
}

// Where implements ledger.Heads.
func (f *File) Where() string { return filepath.Join(f.dir, f.id) }

// Append implements ledger.Heads.
func (f *File) Append(_ context.Context, head []byte) error {
	return f.append(line{Head: string(head)})
}

// KeepKey implements ledger.Heads.
func (f *File) KeepKey(_ context.Context, key string) error { return f.append(line{Key: key}) }

// All implements ledger.Heads.
func (f *File) All(context.Context) ([][]byte, error) {
	lines, err := readLines(f.Where())
	var heads [][]byte
	for _, l := range lines {
		if l.Head != "" {
			heads = append(heads, []byte(l.Head))
		}
	}
	return heads, err
}

// Keys implements ledger.Heads.
func (f *File) Keys(context.Context) ([]string, error) {
	lines, err := readLines(f.Where())
	var keys []string
	for _, l := range lines {
		if l.Key != "" {
			keys = append(keys, l.Key)
		}
	}
	return keys, err
}

// Others implements ledger.Heads: the ledgers whose latest place is this one's.
func (f *File) Others(context.Context) ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var others []string
	for _, entry := range entries {
		if entry.Name() == f.id || !entry.Type().IsRegular() {
			continue
		}
		lines, err := readLines(filepath.Join(f.dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		if latestPlace(lines) == f.place {
			others = append(others, entry.Name())
		}
	}
	return others, err
}

func latestPlace(lines []line) string {
	place := ""
	for _, l := range lines {
		if l.Place != "" {
			place = l.Place
		}
	}
	return place
}

// append adds an entry durably; before the first of this place, the place.
func (f *File) append(entry line) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := openFile(f.Where())
	if err != nil {
		return fmt.Errorf("keep a head: %w", err)
	}
	defer file.Close()
	fresh := []line{entry}
	if f.end == 0 || size(file) != f.end {
		// The first time, or somebody else wrote, or the file is gone.
		if fresh, err = f.catchUp(file, entry); err != nil {
			return err
		}
	}
	if err := f.write(file, fresh); err != nil {
		return fmt.Errorf("keep a head in %s: %w", f.Where(), err)
	}
	return nil
}

// catchUp finds where the last whole line ends, and whether the place has to be told.
func (f *File) catchUp(file *os.File, entry line) ([]line, error) {
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read the heads: %w", err)
	}
	lines, err := parse(f.Where(), content)
	if err != nil {
		return nil, err
	}
	f.end = int64(bytes.LastIndexByte(content, '\n') + 1)
	if latestPlace(lines) == f.place {
		return []line{entry}, nil
	}
	return []line{{Place: f.place}, entry}, nil
}

// write appends lines after the last whole one, over what a crash left of another.
func (f *File) write(file *os.File, lines []line) error {
	var text []byte
	for _, l := range lines {
		encoded, err := json.Marshal(l)
		if err != nil {
			return err
		}
		text = append(append(text, encoded...), '\n')
	}
	if err := file.Truncate(f.end); err != nil {
		return err
	}
	if _, err := file.WriteAt(text, f.end); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	f.end += int64(len(text))
	return nil
}

// openFile opens the file for appending, making it, durably, when there is none.
func openFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	return file, syncDir(filepath.Dir(path))
}

func size(file *os.File) int64 {
	info, err := file.Stat()
	if err != nil {
		return -1
	}
	return info.Size()
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func readLines(path string) ([]line, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the heads: %w", err)
	}
	return parse(path, content)
}

// parse reads the whole lines. What follows the last line end was being
// written when a crash came: nobody was told that it was kept.
func parse(path string, content []byte) ([]line, error) {
	var lines []line
	for i, text := range bytes.Split(content[:bytes.LastIndexByte(content, '\n')+1], []byte("\n")) {
		if len(text) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("line %d of %s was changed: it is not an entry", i+1, path)
		}
		lines = append(lines, l)
	}
	return lines, nil
}
