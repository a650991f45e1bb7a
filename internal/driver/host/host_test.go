package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gemba"
	"gemba/internal/driver/host"
	"gemba/internal/resource"
)

type none struct{}

func (none) Open(d gemba.Digest) (io.ReadCloser, error) { return nil, errors.New("no bodies here") }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// snapshot describes everything below a directory.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	h := host.New(host.Options{Bodies: none{}})
	check(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := h.Lstat(path)
		if err != nil {
			return err
		}
		text := []byte{}
		if info.Type == resource.Regular {
			if text, err = h.ReadFile(path); err != nil {
				return err
			}
		}
		all[path] = fmt.Sprintf("%s %04o %d:%d %s%s", info.Type, info.Mode, info.UID, info.GID, info.Target, text)
		return nil
	}))
	return all
}

func me() resource.Meta { return resource.Meta{Mode: 0o640, UID: os.Getuid(), GID: os.Getgid()} }

func TestUndoPutsBackWhatAnApplyReplacedOrRemoved(t *testing.T) {
	dir, undo := t.TempDir(), filepath.Join(t.TempDir(), "undo")
	at := func(name string) string { return filepath.Join(dir, name) }
	check(t, os.WriteFile(at("file"), []byte("old"), 0o600))
	check(t, os.WriteFile(at("mode"), []byte("same"), 0o644))
	check(t, os.Symlink("file", at("link")))
	check(t, os.MkdirAll(at("tree/below"), 0o755))
	check(t, os.WriteFile(at("tree/below/leaf"), []byte("leaf"), 0o644))
	before := snapshot(t, dir)

	h := host.New(host.Options{Undo: undo, Bodies: none{}})
	check(t, h.Write(at("file"), strings.NewReader("new"), me()))
	check(t, h.Write(at("file"), strings.NewReader("newer"), me()))
	check(t, h.Chmod(at("mode"), 0o4755))
	check(t, h.Symlink("/nowhere", at("link")))
	check(t, h.RemoveAll(at("tree")))
	check(t, h.Mkdir(at("fresh"), resource.Meta{Mode: 0o700, UID: os.Getuid(), GID: os.Getgid()}))
	check(t, h.Write(at("fresh/file"), strings.NewReader("x"), me()))
	check(t, h.Sync())
	if after := snapshot(t, dir); fmt.Sprint(after) == fmt.Sprint(before) {
		t.Fatal("nothing was changed")
	}

	restored, lost, err := host.Undo(undo, nil)
	if err != nil || len(lost) > 0 {
		t.Fatalf("%v, %v", lost, err)
	}
	if after := snapshot(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("restored %v:\n got %v\nwant %v", restored, after, before)
	}
	if _, _, err := host.Undo(undo+"-none", nil); gemba.CodeOf(err) != gemba.NotFound {
		t.Error(err)
	}
}

func TestAFileIsReplacedAtOnceAndKeepsItsAttributes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	check(t, os.WriteFile(path, []byte("old"), 0o644))
	attributes := unix.Setxattr(path, "user.colour", []byte("blue"), 0) == nil
	held, err := os.Open(path)
	check(t, err)
	defer held.Close()
	h := host.New(host.Options{Bodies: none{}})
	check(t, h.Write(path, strings.NewReader("new"), resource.Meta{Mode: 0o4750, UID: os.Getuid(), GID: os.Getgid()}))
	old, err := io.ReadAll(held)
	check(t, err)
	info, err := h.Lstat(path)
	check(t, err)
	if string(old) != "old" || info.Mode != 0o4750 {
		t.Errorf("who had it open reads %q; the mode is %04o", old, info.Mode)
	}
	if attributes {
		value := make([]byte, 16)
		n, err := unix.Getxattr(path, "user.colour", value)
		if err != nil || string(value[:n]) != "blue" {
			t.Errorf("the attribute is %q, %v", value[:max(n, 0)], err)
		}
	}
	if names, _ := h.ReadDir(dir); len(names) != 1 {
		t.Errorf("%v is left", names)
	}
	failed := h.Write(path, &broken{}, me())
	if names, _ := h.ReadDir(dir); failed == nil || len(names) != 1 {
		t.Errorf("%v, and %v is left", failed, names)
	}
}

// broken is a body that ends in the middle.
type broken struct{ said bool }

func (b *broken) Read(p []byte) (int, error) {
	if b.said {
		return 0, errors.New("the link is cut")
	}
	b.said = true
	return copy(p, "half"), nil
}

func TestNothingFollowsALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	check(t, os.WriteFile(target, []byte("t"), 0o644))
	check(t, os.Symlink(target, link))
	h := host.New(host.Options{Bodies: none{}})
	if err := h.Chmod(link, 0o600); err == nil {
		t.Error("the mode of a link was changed")
	}
	check(t, h.Write(link, strings.NewReader("now a file"), me()))
	if text, _ := os.ReadFile(target); string(text) != "t" {
		t.Errorf("the target holds %q", text)
	}
}

func TestACommandThatIsGivenUpEndsWithAllThatItStarted(t *testing.T) {
	h := host.New(host.Options{Bodies: none{}})
	began := time.Now()
	_, err := h.Run(t.Context(), resource.Command{Argv: []string{"sh", "-c", "sleep 60 & sleep 60"}, Timeout: 200 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "did not end in 200ms") || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	var exit *resource.ExitError
	if _, err := h.Run(t.Context(), resource.Command{Argv: []string{"sh", "-c", "echo why >&2; exit 3"}}); !errors.As(err, &exit) || exit.Code != 3 || string(exit.Stderr) != "why\n" {
		t.Errorf("%v", err)
	}
	out, err := h.Run(t.Context(), resource.Command{Argv: []string{"cat"}, Stdin: []byte("secret")})
	if err != nil || !bytes.Equal(out.Stdout, []byte("secret")) {
		t.Errorf("%q, %v", out.Stdout, err)
	}
	if _, err := h.Run(t.Context(), resource.Command{Argv: []string{"nonesuch"}}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "nonesuch") {
		t.Errorf("%v", err)
	}
	t.Setenv("LEAKS", "yes")
	if out, _ := h.Run(t.Context(), resource.Command{Argv: []string{"env"}}); bytes.Contains(out.Stdout, []byte("LEAKS")) {
		t.Errorf("it inherits %s", out.Stdout)
	}
}

func TestASecondApplyWaitsForTheFirstAndNamesIt(t *testing.T) {
	dir := t.TempDir()
	release, err := host.Hold(t.Context(), dir, "ana", func(string) { t.Error("the first waits") })
	check(t, err)
	var told sync.WaitGroup
	told.Add(1)
	done := make(chan error, 1)
	go func() {
		second, err := host.Hold(context.Background(), dir, "bo", func(holder string) {
			if holder != "ana" {
				t.Errorf("it waits for %q", holder)
			}
			told.Done()
		})
		if err == nil {
			second()
		}
		done <- err
	}()
	told.Wait()
	release()
	check(t, <-done)
}

func TestNotesAreRememberedUntilTheyAreDropped(t *testing.T) {
	n := host.Notes{Dir: filepath.Join(t.TempDir(), "notes")}
	check(t, n.Put("unit.nginx", "file./etc/a"))
	check(t, n.Put("unit.nginx", "file./etc/b"))
	check(t, os.WriteFile(filepath.Join(n.Dir, "garbage"), []byte("{"), 0o600))
	all, err := n.All()
	if err != nil || len(all) != 1 || all["unit.nginx"] != "file./etc/a" {
		t.Errorf("%v, %v", all, err)
	}
	check(t, n.Drop("unit.nginx"))
	check(t, n.Drop("unit.nginx"))
	if all, _ := n.All(); len(all) != 0 {
		t.Errorf("%v", all)
	}
}
