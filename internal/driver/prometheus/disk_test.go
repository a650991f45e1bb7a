package prometheus

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gemba"
)

// onSmallDisk runs a test in a child that has a disk of its own, of size bytes
// and in memory, at the directory given to the test.
func onSmallDisk(t *testing.T, size string, test func(dir string)) {
	t.Helper()
	if dir := os.Getenv("GEMBA_TEST_DISK"); dir != "" {
		if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
			t.Fatal(err)
		}
		test(dir)
		return
	}
	child := again(t.Name(), "GEMBA_TEST_DISK", t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	if os.Getuid() != 0 {
		child.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		child.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
	}
	out, err := child.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("this machine gives no mount namespace")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// fill takes room until only left bytes are free, or none when left is 0, and
// returns what gives it back.
func fill(t *testing.T, dir string, left uint64) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	block := make([]byte, 4096)
	for {
		var disk unix.Statfs_t
		if err := unix.Statfs(dir, &disk); err != nil {
			t.Fatal(err)
		}
		if disk.Bavail*uint64(disk.Bsize) <= left {
			break
		}
		if _, err := file.Write(block); err != nil {
			break
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullDiskGivesErrorsAndKeepingGoesOnWhenThereIsRoom(t *testing.T) {
	onSmallDisk(t, "40m", func(dir string) {
		s := open(t, dir, &said{})
		probe(t, s, noon, 1, 0.01)
		free := fill(t, dir, 1<<20)
		for i := range 3 {
			_, err := s.AppendText(t.Context(), noon.Add(time.Duration(i+1)*time.Second), []byte("a 1\n"), plain, own)
			if gemba.CodeOf(err) != gemba.Unavailable {
				t.Fatalf("%v", err)
			}
			contains(t, err.Error(), "is full")
		}
		if w := watch(t, s, noon, noon.Add(time.Minute)); w.Probes != 1 {
			t.Errorf("reading with a full disk: %+v", w)
		}
		s.mapChunks()
		if _, err := Open(filepath.Join(dir, "other"), (&said{}).logger()); gemba.CodeOf(err) != gemba.Unavailable {
			t.Errorf("opened on a full disk: %v", err)
		}
		free()
		probe(t, s, noon.Add(time.Minute), 1, 0.01)
		if w := watch(t, s, noon, noon.Add(time.Hour)); w.Probes != 2 {
			t.Errorf("afterwards: %+v", w)
		}
	})
}

// The disk can also fill between our look at it and the engine's write.
func TestADiskThatFillsUnderTheEngineDoesNotEndTheServer(t *testing.T) {
	onSmallDisk(t, "40m", func(dir string) {
		s := open(t, dir, &said{})
		for i := range 1000 { // several chunks, so that there is something to move to disk
			probe(t, s, noon.Add(time.Duration(i)*time.Second), 1, float64(i))
		}
		free := fill(t, dir, 0)
		if err := caught(func() error { s.db.ForceHeadMMap(); return nil }); err == nil {
			t.Fatal("the engine found room on a full disk")
		}
		free()
		if w := watch(t, s, noon, noon.Add(time.Hour)); w.Probes != 1000 {
			t.Errorf("afterwards: %+v", w)
		}
		for i := range 1000 {
			probe(t, s, noon.Add(time.Duration(1000+i)*time.Second), 1, float64(i))
		}
		s.mapChunks()
		if w := watch(t, s, noon, noon.Add(time.Hour)); w.Probes != 2000 {
			t.Errorf("after more: %+v", w)
		}
		_ = s.Close()
		if w := watch(t, open(t, dir, &said{}), noon, noon.Add(time.Hour)); w.Probes != 2000 {
			t.Errorf("after a restart: %+v", w)
		}
	})
}
