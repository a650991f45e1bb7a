package e2e

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

func TestAStateOfANewerVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	w.must(0, "down")
	path := filepath.Join(w.dir, ".gemba", "state.db")
	version := func(set string) (n int) {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if set != "" {
			if _, err := db.Exec("PRAGMA user_version = " + set); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.QueryRow("PRAGMA user_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	known := version("")
	version("1000")
	begin := time.Now()
	w.says(w.must(1, "ship"), "was written by a newer Gemba", "install the newer Gemba again")
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("that was said after %s", took)
	}
	if n := version(""); n != 1000 {
		t.Errorf("the state was changed to version %d", n)
	}
	version(strconv.Itoa(known))
	w.must(0, "ship")
}

func TestOneServerOfAStateDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	w.must(0, "down")
	var all sync.WaitGroup
	for range 6 { // each would start a server
		all.Go(func() {
			if s := w.gemba("status"); s.code != 0 {
				t.Errorf("%s", s)
			}
		})
	}
	all.Wait()
	if n := len(w.processes("gemba-server --state")); n != 1 {
		t.Errorf("%d servers run", n)
	}
	elsewhere := w.of(t)
	elsewhere.env = append(append([]string{}, w.env...), "XDG_RUNTIME_DIR="+t.TempDir())
	elsewhere.says(elsewhere.must(1, "status"), "another server uses this state directory", "XDG_RUNTIME_DIR")
	w.must(0, "status")
}

func TestAFullDiskLosesNothing(t *testing.T) {
	w := newWorld(t, nil)
	state := filepath.Join(w.dir, ".gemba")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", state, "tmpfs", 0, "size=64m"); err != nil {
		t.Skip("a file system of its own needs root: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(state, syscall.MNT_DETACH) })
	t.Cleanup(func() { w.gemba("down") })
	w.must(0, "ship")
	fill(t, filepath.Join(state, "fill"))
	w.write("mode", "greeting=warmer\n")
	w.commit("Warmer")
	s := w.gemba("ship")
	if s.code == 0 || !strings.Contains(s.out+s.err, "no space left") && !strings.Contains(s.out+s.err, "full") {
		t.Errorf("with a full disk: %s", s)
	}
	if got := w.get("production", "/"); got != "hello" {
		t.Errorf("production says %q", got)
	}
	if err := os.Remove(filepath.Join(state, "fill")); err != nil {
		t.Fatal(err)
	}
	w.must(0, "ship")
	if got := w.get("production", "/"); got != "warmer" {
		t.Errorf("production says %q", got)
	}
	w.write("gemba.hcl", building("run = \"head -c 100000000 /dev/zero >big\"\n    output = [\"toy\", \"mode\"]"))
	w.commit("Fill the disk")
	w.says(w.must(3, "ship"), "no space left on device")
	if got := w.get("production", "/"); got != "warmer" {
		t.Errorf("production says %q", got)
	}
	w.git("revert", "--no-edit", "HEAD")
	w.must(0, "ship")
	w.must(0, "ledger", "verify")
}

// fill writes until nothing more can be written.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
