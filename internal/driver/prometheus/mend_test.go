package prometheus

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gemba"
)

func TestSamplesOutliveAnOrderlyEnd(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &said{})
	probe(t, s, noon, 1, 0.01)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	log := &said{}
	if w := watch(t, open(t, dir, log), noon, noon.Add(time.Minute)); w.Probes != 1 || log.String() != "" {
		t.Fatalf("%+v, log %q", w, log)
	}
}

// TestSamplesOutliveAKill has a child keep samples and say so after each, and kills it.
func TestSamplesOutliveAKill(t *testing.T) {
	if dir := os.Getenv("GEMBA_TEST_KEEP"); dir != "" {
		keepUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	child := again("TestSamplesOutliveAKill", "GEMBA_TEST_KEEP", dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kept := countUntil(bufio.NewScanner(out), 25)
	_ = child.Process.Kill()
	_ = child.Wait()
	if kept < 25 {
		t.Fatalf("the child kept %d samples", kept)
	}
	log := &said{}
	s := open(t, dir, log)
	if w := watch(t, s, noon, noon.Add(time.Hour)); w.Probes < kept {
		t.Fatalf("%d probes are left of %d that were kept\n%s", w.Probes, kept, log)
	}
	probe(t, s, noon.Add(50*time.Minute), 1, 0.01)
}

func keepUntilKilled(t *testing.T, dir string) {
	s := open(t, dir, &said{})
	for i := range 500 {
		probe(t, s, noon.Add(time.Duration(i)*5*time.Second), 1, 0.01)
		fmt.Println("kept")
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM)
	<-stopped
}

func countUntil(lines *bufio.Scanner, enough int) int {
	n := 0
	for n < enough && lines.Scan() {
		if lines.Text() == "kept" {
			n++
		}
	}
	return n
}

func TestADamagedLogIsMendedAndSaid(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &said{})
	for i := range 2000 {
		probe(t, s, noon.Add(time.Duration(i)*time.Second), 1, float64(i)/1000)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(t, filepath.Join(dir, "wal", "00000000"))

	log := &said{}
	s = open(t, dir, log)
	contains(t, log.String(), "damaged and has been mended")
	w := watch(t, s, noon, noon.Add(time.Hour))
	if w.Probes == 0 || w.Probes >= 2000 {
		t.Errorf("%d of 2000 probes are left", w.Probes)
	}
	probe(t, s, noon.Add(50*time.Minute), 1, 0.01)
}

// spoil overwrites a few bytes in the middle of a file.
func spoil(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt([]byte("\xff\xff\xff\xff\xff\xff\xff\xff"), info.Size()/2); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedBlockIsPutAsideAndSaid(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &said{})
	old := noon.Add(-12 * time.Hour)
	for i := range 12 * 60 {
		probe(t, s, old.Add(time.Duration(i)*time.Minute), 1, 0.01)
	}
	if err := s.db.Compact(context.Background()); err != nil {
		t.Fatal(err)
	}
	blocks := len(s.db.Blocks())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	indexes, err := filepath.Glob(filepath.Join(dir, "*", "index"))
	if err != nil || len(indexes) != blocks || blocks < 2 {
		t.Fatalf("%d blocks, %v, %v", blocks, indexes, err)
	}
	if err := os.Truncate(indexes[0], 3); err != nil {
		t.Fatal(err)
	}

	log := &said{}
	s = open(t, dir, log)
	contains(t, log.String(), "was put aside", filepath.Base(filepath.Dir(indexes[0]))+".damaged")
	if got := len(s.db.Blocks()); got != blocks-1 {
		t.Errorf("%d blocks, not %d", got, blocks-1)
	}
	if w := watch(t, s, old, noon); w.Probes == 0 || w.Probes >= 12*60 {
		t.Errorf("%d probes are left", w.Probes)
	}
}

func TestADirectoryIsOpenOnceOnly(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, &said{})
	_, err := Open(dir, (&said{}).logger())
	if gemba.CodeOf(err) != gemba.Conflict {
		t.Fatalf("%v", err)
	}
	contains(t, err.Error(), dir, "open in another process")
	probe(t, first, noon, 1, 0.01)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, &said{})
}

func TestADirectoryThatCannotBeMadeIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(filepath.Join(file, "metrics"), (&said{}).logger())
	if err == nil || !strings.Contains(err.Error(), "make the directory of metrics") {
		t.Fatalf("%v", err)
	}
}
