package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWhatIsPutAsideLeavesNoTrace(t *testing.T) {
	dir := t.TempDir()
	path, own := filepath.Join(dir, "policy"), filepath.Join(dir, "own")
	write(t, own, "of the base\n")
	before := time.Unix(1700000000, 0)
	if err := os.Chtimes(dir, before, before); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{path: "#!/bin/sh\nexit 101\n", own: "ours\n"}
	if err := putAside(files); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info, err)
	}
	if err := setAside(files); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if text, err := os.ReadFile(own); err != nil || string(text) != "of the base\n" {
		t.Errorf("what the base has became %q, %v", text, err)
	}
	if info, err := os.Stat(dir); err != nil || !info.ModTime().Equal(before) {
		t.Errorf("the directory says that something was there: %v, %v", info.ModTime(), err)
	}
}

func TestWhatSomebodyPutInThePlaceStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	files := map[string]string{path: "nameserver 192.0.2.1\n"}
	if err := putAside(files); err != nil {
		t.Fatal(err)
	}
	write(t, path, "nameserver 192.0.2.53\n")
	if err := setAside(files); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "nameserver 192.0.2.53\n" {
		t.Errorf("%q, %v", text, err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
