package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gemba/internal/driver/host"
	"gemba/internal/resource"
)

func TestWhatAKilledWorkerLeftIsSweptAndNeverRead(t *testing.T) {
	dir := t.TempDir()
	notes := host.Notes{Dir: filepath.Join(dir, "notes")}
	if err := notes.Put("unit.a", "file./a"); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "notes", ".note-123"), `{"told":"unit.b","because":"file./b"}`)
	put(t, filepath.Join(dir, "bodies-1", "body"), "half of it")
	if all, err := notes.All(); err != nil || len(all) != 1 || all["unit.a"] != "file./a" {
		t.Errorf("%v, %v", all, err)
	}
	if err := host.Sweep(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".*")); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	if _, err := os.Stat(filepath.Join(dir, "bodies-1")); err == nil {
		t.Error("bodies are left")
	}
	if all, _ := notes.All(); len(all) != 1 {
		t.Errorf("%v", all)
	}
}

func TestWhatAKilledWorkerLeftBesideAFileGoesWithTheNextWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	put(t, filepath.Join(dir, ".f.gemba-new"), "half of it")
	h := host.New(host.Options{})
	if err := h.Write(path, strings.NewReader("whole"), resource.Meta{Mode: 0o644, UID: os.Getuid(), GID: os.Getgid()}); err != nil {
		t.Fatal(err)
	}
	if names, _ := h.ReadDir(dir); len(names) != 1 || names[0] != "f" {
		t.Errorf("%v", names)
	}
	if text, _ := os.ReadFile(path); string(text) != "whole" {
		t.Errorf("%q", text)
	}
}

func TestNobodyIsNamedWhereNothingIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	h := host.New(host.Options{})
	if got := h.LockedBy(path); got != "" {
		t.Errorf("a file that is not there: %q", got)
	}
	put(t, path, "")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
	if got := h.LockedBy(path); got != "" { // it is ours: nobody to wait for
		t.Errorf("our own lock: %q", got)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
