package oci_test

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHoldsIsTrueOfWhatWasUnpackedUntilAnythingOfItChanges(t *testing.T) {
	store := t.TempDir()
	s := open(t, store)
	d := put(t, s, map[string]string{"out/app": "#!program", "out/page.html": "hello", "latest": "->out/app"})
	layer := blobs(t, store, d)["layer"]
	for change, do := range map[string]func(dir string) error{
		"": func(string) error { return nil },
		"a byte": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "out/page.html"), []byte("hellO"), 0o644)
		},
		"a file less":            func(dir string) error { return os.Remove(filepath.Join(dir, "out/page.html")) },
		"a file more":            func(dir string) error { return os.WriteFile(filepath.Join(dir, "out/more"), nil, 0o644) },
		"a directory more":       func(dir string) error { return os.Mkdir(filepath.Join(dir, "more"), 0o755) },
		"a link that leads away": func(dir string) error { return relink(filepath.Join(dir, "latest"), "/etc/passwd") },
		"a link instead":         func(dir string) error { return relink(filepath.Join(dir, "out/page.html"), "app") },
		"no program any more":    func(dir string) error { return os.Chmod(filepath.Join(dir, "out/app"), 0o644) },
		"the directory gone":     os.RemoveAll,
	} {
		t.Run(change, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "release")
			check(t, s.Unpack(t.Context(), d, dir))
			check(t, do(dir))
			holds, err := s.Holds(t.Context(), d, dir)
			check(t, err)
			if holds != (change == "") {
				t.Fatalf("after %q, Holds says %v", change, holds)
			}
		})
	}
	dir := filepath.Join(t.TempDir(), "release")
	check(t, s.Unpack(t.Context(), d, dir))
	check(t, os.Remove(layer))
	if holds, err := s.Holds(t.Context(), d, dir); err != nil || !holds {
		t.Fatalf("without its layer, files that are whole are not: %v, %v", holds, err)
	}
}

func relink(path, target string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.Symlink(target, path)
}
