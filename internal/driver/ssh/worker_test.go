package ssh

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gemba"
)

func TestWorkerIsPushedOnce(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	old := filepath.Join(o.Prefix, "0123456789abcdef")
	must(t, os.MkdirAll(old, 0o700))
	write(t, filepath.Join(old, "gemba-worker"), "old")
	other := filepath.Join(o.Prefix, "not-a-version")
	must(t, os.MkdirAll(other, 0o700))
	d := New(o)
	for range 2 {
		link, err := d.Dial(soon(t), s.host("web-1"))
		must(t, err)
		args := []string{"it's", `"; touch /tmp/pwned; $(id) \`, "two\nlines", ""}
		if out, want := say(t, link, args...), fmt.Sprintf("uid=0 umask=077 %q\n", args); out != want {
			t.Errorf("the worker said %q, want %q", out, want)
		}
		must(t, link.Close())
	}
	if n := strings.Count(s.log(t), "Starting session"); n != 5 { // look, look again, push, run; run
		t.Errorf("%d sessions, want 5", n)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an older version is there: %v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("what is no version is gone: %v", err)
	}
	e, err := d.workers.find(testArch(t, d))
	must(t, err)
	info, err := os.Stat(filepath.Join(o.Prefix, e.version(), "gemba-worker"))
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	entries, err := os.ReadDir(filepath.Join(o.Prefix, e.version()))
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("what a push leaves: %v", entries)
	}
}

func testArch(t *testing.T, d *Dialer) string {
	t.Helper()
	versions, err := d.workers.versions()
	must(t, err)
	for machine := range versions {
		return machines()[machine]
	}
	return ""
}

func TestDamagedUploadIsNotUsed(t *testing.T) {
	s := serve(t)
	for name, damage := range map[string]func(*executable){
		"another content": func(e *executable) {
			other, err := compress([]byte("#!/bin/sh\necho something else\n"))
			must(t, err)
			e.compressed = other.compressed
		},
		"cut off": func(e *executable) { e.compressed = e.compressed[:len(e.compressed)/2] },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, s)
			d := New(o)
			e, err := d.workers.find(testArch(t, d))
			must(t, err)
			damage(e)
			link, err := d.Dial(soon(t), s.host("web-1"))
			must(t, err)
			defer link.Close()
			_, err = link.Worker(soon(t))
			refused(t, err, gemba.Unavailable, "web-1 (root@", "try again")
			entries, err := os.ReadDir(filepath.Join(o.Prefix, e.version()))
			must(t, err)
			if len(entries) != 0 {
				t.Errorf("what is left: %v", entries)
			}
		})
	}
}

func TestStreamsAreWhole(t *testing.T) {
	s := serve(t)
	link := dial(t, options(t, s), s.host("web-1"))
	sent := make([]byte, 5<<20)
	_, _ = rand.Read(sent)
	session, err := link.Worker(soon(t), "echo")
	must(t, err)
	go func() {
		_, _ = io.Copy(session, bytes.NewReader(sent))
		_ = session.CloseWrite()
	}()
	got, err := io.ReadAll(session)
	must(t, err)
	must(t, session.Wait())
	if !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came back of %d", len(got), len(sent))
	}
}

func TestBadEndHasWhatTheWorkerSaid(t *testing.T) {
	s := serve(t)
	link := dial(t, options(t, s), s.host("web-1"))
	session, err := link.Worker(soon(t), "fail", "3")
	must(t, err)
	_, err = io.WriteString(session, strings.Repeat("x", 20<<10)+"the disk is on fire\n")
	must(t, err)
	must(t, session.CloseWrite())
	if out, err := io.ReadAll(session); err != nil || len(out) > 0 {
		t.Errorf("%q, %v", out, err)
	}
	err = session.Wait()
	refused(t, err, gemba.Internal, "web-1", "code 3", "the disk is on fire")
	if n := len(err.Error()); n > 9<<10 {
		t.Errorf("the error has %d bytes", n)
	}
}

func TestSessionEndsWithItsContext(t *testing.T) {
	s := serve(t)
	link := dial(t, options(t, s), s.host("web-1"))
	ctx, cancel := context.WithCancel(soon(t))
	session, err := link.Worker(ctx, "hang")
	must(t, err)
	_, err = io.ReadFull(session, make([]byte, len("hanging\n")))
	must(t, err)
	cancel()
	if _, err := io.ReadAll(session); !errors.Is(err, context.Canceled) {
		t.Errorf("reading gives %v", err)
	}
	if err := session.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting gives %v", err)
	}
	if out := say(t, link, "after"); !strings.Contains(out, "after") {
		t.Errorf("the link does not serve others: %q", out)
	}
}

func TestClosedLinkEndsItsSessions(t *testing.T) {
	s := serve(t)
	link := dial(t, options(t, s), s.host("web-1"))
	session, err := link.Worker(soon(t), "hang")
	must(t, err)
	must(t, link.Close())
	refused(t, session.Wait(), gemba.Unavailable, "web-1", "was closed")
	_, err = link.Worker(soon(t))
	refused(t, err, gemba.Unavailable, "was closed")
}

func TestManySessionsShareALink(t *testing.T) {
	for name, line := range map[string]string{"as usual": "MaxSessions 10", "with few": "MaxSessions 2"} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, line)
			link := dial(t, options(t, s), s.host("web-1"))
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					session, err := link.Worker(soon(t), "echo")
					if err != nil {
						t.Error(err)
						return
					}
					text := fmt.Sprint("number ", i)
					_, _ = io.WriteString(session, text)
					time.Sleep(20 * time.Millisecond)
					_ = session.CloseWrite()
					out, err := io.ReadAll(session)
					if err := errors.Join(err, session.Wait()); err != nil || string(out) != text {
						t.Errorf("%q, %v", out, err)
					}
				})
			}
			all.Wait()
			if n := strings.Count(s.log(t), "Accepted publickey"); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}
