package process_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"gemba"
	"gemba/internal/driver/process"
	"gemba/internal/wire"
)

func TestLogStopsAtItsLimitAndTheProgramGoesOn(t *testing.T) {
	spec := script("a", "yes 0123456789abcdef | head -c 100000000; echo the end >&2; exit 5")
	spec.Log.Limit = 100_000
	p := newRoom(t).start(t, spec)
	largest := 0
	eventually(t, "ended", func() bool {
		status, err := p.Status(testContext(t))
		if err != nil {
			return true
		}
		largest = max(largest, resident(status.Supervisor.PID))
		return false
	})
	exit := wait(t, p)
	want(t, "code", exit.Code, 5)
	if largest > 64<<20 {
		t.Errorf("the supervisor held %d bytes in memory", largest)
	}
	info, err := os.Stat(p.LogPath())
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() < 99_000 || info.Size() > 101_000 || exit.LogBytes != info.Size() {
		t.Fatalf("the log has %d bytes, the exit says %d", info.Size(), exit.LogBytes)
	}
	if exit.Dropped < 99_900_000 || exit.Dropped > 100_000_010 {
		t.Fatalf("%d bytes were dropped", exit.Dropped)
	}
	notes := texts(read(t, p), "gemba")
	if !strings.Contains(notes, "log stopped at") || !strings.Contains(notes, fmt.Sprint(exit.Dropped)+" more bytes") {
		t.Fatalf("the log says %q", notes)
	}
}

func resident(pid int) int {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	if err != nil {
		return 0
	}
	pages, _ := strconv.Atoi(strings.Fields(string(content))[1])
	return pages * os.Getpagesize()
}

func TestOutputWithoutLineEndIsShownWhileTheProgramRuns(t *testing.T) {
	p := newRoom(t).start(t, script("a", "printf 'half a '; sleep 1000"))
	eventually(t, "shown", func() bool {
		lines := read(t, p)
		return len(lines) == 1 && lines[0].Text == "half a " && lines[0].More
	})
	if _, err := p.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

func TestLineShownInPartsIsPutTogether(t *testing.T) {
	_, lines := newRoom(t).do(t, script("a", "printf 'half a '; sleep 0.4; echo line; printf 'no end'"))
	var joiner wire.Joiner
	var whole []string
	for _, line := range lines {
		if line, ok := joiner.Add(line); ok {
			whole = append(whole, line.Text)
		}
	}
	want(t, "lines", strings.Join(whole, "|"), "half a line|no end")
	want(t, "rest", len(joiner.Rest()), 0)
}

func TestLongLineIsCutAndPutTogether(t *testing.T) {
	_, lines := newRoom(t).do(t, script("a", `perl -e 'print "\x{c3}\x{a4}" x 50000, "\nshort\n"'`))
	want(t, "parts", len(lines), 5) // 100,000 bytes in parts of 32 KiB, and the short one
	var joiner wire.Joiner
	var whole []string
	for _, line := range lines {
		if line, ok := joiner.Add(line); ok {
			whole = append(whole, line.Text)
		}
	}
	want(t, "lines", len(whole), 2)
	want(t, "line", whole[0], strings.Repeat("ä", 50000))
}

func TestInvalidUTF8IsKeptInTheFileAndReplacedByReaders(t *testing.T) {
	r := newRoom(t)
	p := r.start(t, script("a", `printf 'a\377\376b\n\000\n'`))
	wait(t, p)
	content, err := os.ReadFile(p.LogPath())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), "a\377\376b\n") {
		t.Fatalf("the file holds %q", content)
	}
	lines := read(t, p)
	want(t, "text", lines[0].Text, "a\uFFFDb")
	want(t, "valid", utf8.ValidString(lines[0].Text), true)
	want(t, "zero byte", lines[1].Text, "\x00")
}

func TestLogOfAProcessRotatesAndIsFollowedAcross(t *testing.T) {
	r := newRoom(t)
	spec := script("a", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done")
	spec.Log = wire.LogPolicy{Rotate: 20_000, Keep: 2}
	p := r.start(t, spec)
	seen := make(map[string]bool)
	live := func() bool { _, err := p.Status(testContext(t)); return err == nil }
	last := int64(-1)
	err := process.Follow(testContext(t), p.LogPath(), 0, live, func(line gemba.LogLine, next int64) error {
		if seen[line.Text] || next <= last {
			return fmt.Errorf("%q was seen before, or %d is not after %d", line.Text, next, last)
		}
		seen[line.Text], last = true, next
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	exit := wait(t, p)
	want(t, "log bytes", exit.LogBytes, last)
	files, _ := filepath.Glob(p.LogPath() + "*")
	want(t, "files", len(files), 3)
	lines := read(t, p)
	want(t, "last line", lines[len(lines)-1].Text, "line 2999")
	if len(lines) >= 3000 || lines[0].Text == "line 0" {
		t.Fatalf("%d lines are kept, from %q", len(lines), lines[0].Text)
	}
}

func TestFollowGoesOnWhereItStopped(t *testing.T) {
	p := newRoom(t).start(t, script("a", "echo one; echo two; echo three"))
	wait(t, p)
	var at int64
	stop := errors.New("stop")
	err := process.Follow(testContext(t), p.LogPath(), 0, func() bool { return true }, func(line gemba.LogLine, next int64) error {
		at = next
		if line.Text == "two" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	var rest []string
	err = process.Follow(testContext(t), p.LogPath(), at, func() bool { return false }, func(line gemba.LogLine, _ int64) error {
		rest = append(rest, line.Text)
		return nil
	})
	want(t, "rest", strings.Join(rest, ","), "three")
	if err != nil {
		t.Fatal(err)
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := process.Follow(ctx, filepath.Join(t.TempDir(), "log"), 0, func() bool { return true }, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestFullDiskDoesNotStopTheProgramAndTheEndIsRecorded(t *testing.T) {
	r := newRoom(t)
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("gemba-test", r.dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(r.dir, syscall.MNT_DETACH) })
	spec := script("a", "yes filling | head -c 2000000; echo done >&2; exit 4")
	spec.Log = wire.LogPolicy{}
	p := r.start(t, spec)
	exit := wait(t, p)
	want(t, "code", exit.Code, 4)
	want(t, "reason", exit.Reason, "exited")
	want(t, "error", exit.Error, "")
	if exit.Dropped < 1_800_000 {
		t.Fatalf("%d bytes were dropped", exit.Dropped)
	}
	eventually(t, "gone", func() bool { _, err := p.Status(testContext(t)); return err != nil })
	want(t, "recorded code", wait(t, p).Code, 4)
	if lines := read(t, p); len(lines) == 0 || lines[0].Text != "filling" {
		t.Fatalf("the log holds %d lines", len(lines))
	}
	// Where not even a supervisor fits, that is an error of Start.
	if err := os.WriteFile(filepath.Join(r.dir, "filler"), make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if _, err := r.Start(testContext(t), script("b", "true")); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("the error is %v", err)
	}
}
