package table

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/deploy"
)

// The names of the files, in the directory of the edge.
const (
	FileName     = "table.json"
	PreviousName = "table.previous.json" // the copy before the last change
	BrokenName   = "table.broken.json"   // one that could not be read, for a person to look at
)

const version = 1

// document is the file; docs/formats/edge.md describes it.
type document struct {
	Version int             `json:"version"`
	Sum     string          `json:"sum"` // SHA-256 of Routes as they stand in the file, hexadecimal
	Routes  json.RawMessage `json:"routes"`
}

// entry is one route in the file.
type entry struct {
	deploy.Route
	Target *deploy.Target `json:"target,omitempty"` // nil: nowhere
}

// load reads the table, or its previous copy where the table is broken.
func load(file string) (entries []entry, mended error, err error) {
	entries, err = read(file)
	if err == nil {
		return entries, nil, nil
	}
	previous := filepath.Join(filepath.Dir(file), PreviousName)
	if errors.Is(err, fs.ErrNotExist) {
		// A crash between the two renames of save leaves only the previous copy.
		entries, err = read(previous)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, nil
		}
		return entries, nil, err
	}
	if gemba.CodeOf(err) != gemba.Invalid {
		return nil, nil, err
	}
	entries, second := read(previous)
	if second != nil {
		return nil, nil, err
	}
	broken := filepath.Join(filepath.Dir(file), BrokenName)
	if err := os.Rename(file, broken); err != nil {
		return nil, nil, fmt.Errorf("putting the broken table aside: %w", err)
	}
	return entries, gemba.Fail(gemba.Invalid, "the edge's table was broken; it started from the previous copy",
		err.Error(), "look at "+broken+", and deploy again where a release is one behind"), nil
}

// read reads one copy. An error of code Invalid means that its content is broken.
func read(file string) ([]entry, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the edge's table: %w", err)
	}
	return decode(file, data)
}

func decode(file string, data []byte) ([]entry, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, broken(file, err.Error())
	}
	if d.Version > version {
		return nil, gemba.Fail(gemba.Newer, "the edge's table "+file+" was written by a newer Gemba",
			fmt.Sprintf("it has version %d, this edge knows %d", d.Version, version), "run the newer gemba-edge")
	}
	if d.Version != version {
		return nil, broken(file, fmt.Sprintf("it has version %d", d.Version))
	}
	if sum(d.Routes) != d.Sum {
		return nil, broken(file, "its checksum does not match its content")
	}
	var entries []entry
	if err := json.Unmarshal(d.Routes, &entries); err != nil {
		return nil, broken(file, err.Error())
	}
	return entries, nil
}

func broken(file, why string) error {
	return gemba.Fail(gemba.Invalid, "the edge's table "+file+" cannot be read", why,
		"put a good copy in its place, or remove it and deploy again")
}

// encode gives the bytes of a table, its routes in the order of their names.
func encode(entries map[string]entry) ([]byte, error) {
	list := slices.SortedFunc(maps.Values(entries), func(a, b entry) int { return strings.Compare(a.Name, b.Name) })
	if list == nil {
		list = []entry{}
	}
	routes, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("encoding the edge's table: %w", err)
	}
	data, err := json.Marshal(document{Version: version, Sum: sum(routes), Routes: routes})
	if err != nil {
		return nil, fmt.Errorf("encoding the edge's table: %w", err)
	}
	return append(data, '\n'), nil
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// save replaces the table; the copy before becomes the previous one. Each
// moment of it leaves at least one whole copy on the disk.
func save(file string, entries map[string]entry) error {
	data, err := encode(entries)
	if err != nil {
		return err
	}
	dir := filepath.Dir(file)
	temp, err := writeTemp(dir, data)
	if err != nil {
		return fmt.Errorf("writing the edge's table: %w", err)
	}
	if err := os.Rename(file, filepath.Join(dir, PreviousName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = os.Remove(temp)
		return fmt.Errorf("keeping the edge's previous table: %w", err)
	}
	if err := os.Rename(temp, file); err != nil {
		return fmt.Errorf("replacing the edge's table: %w", err)
	}
	return syncDir(dir)
}

// writeTemp writes data to a new file beside the table, and flushes it.
func writeTemp(dir string, data []byte) (string, error) {
	f, err := os.CreateTemp(dir, FileName+".*.tmp")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("flushing the edge's directory: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("flushing the edge's directory: %w", err)
	}
	return nil
}
