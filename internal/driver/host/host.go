// Package host is the machine that the worker runs on, as resources see it
// and act on it: its files, its commands, its accounts.
package host

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"gemba"
	"gemba/internal/resource"
)

// StateDir is where a host keeps what has to outlive a worker: notes of who has to be told, and what undo needs.
const StateDir = "/var/lib/gemba"

// Host implements resource.System on this machine.
type Host struct {
	undo   *undo // nil: nothing is kept
	bodies Bodies
	baked  bool
	waits  func(holder string)
	cache  resource.Cache

	accounts struct {
		sync.Mutex
		known resource.Accounts
		stamp string // of the files that they were read from
	}
}

// Bodies opens bodies that were fetched.
type Bodies interface {
	Open(digest gemba.Digest) (io.ReadCloser, error)
}

// Options say how a host is changed.
type Options struct {
	Undo   string // directory in which files that are replaced or removed are kept; "" keeps none
	Bodies Bodies
	Baked  bool                // it is a root filesystem that is being baked: nothing runs in it
	Waits  func(holder string) // is told for whom the host waits; nil: nobody is
}

// New returns this machine.
func New(o Options) *Host {
	h := &Host{bodies: o.Bodies, baked: o.Baked, waits: o.Waits}
	if o.Undo != "" {
		h.undo = &undo{dir: o.Undo}
	}
	return h
}

// Cache implements resource.System.
func (h *Host) Cache() *resource.Cache { return &h.cache }

// Live implements resource.System.
func (h *Host) Live() bool { return !h.baked }

// Body implements resource.System.
func (h *Host) Body(_ context.Context, digest gemba.Digest) (io.ReadCloser, error) {
	return h.bodies.Open(digest)
}

// Accounts implements resource.System. They are read again when their files are others than before: who adds a user looks at once
// what became of it, while others look at accounts too.
func (h *Host) Accounts() (resource.Accounts, error) {
	stamp := ""
	for _, name := range []string{"/etc/passwd", "/etc/group", "/etc/shadow"} {
		if info, err := h.Lstat(name); err == nil {
			stamp += fmt.Sprint(info.Inode, info.Size, info.Modified.UnixNano(), " ")
		}
	}
	h.accounts.Lock()
	defer h.accounts.Unlock()
	if h.accounts.stamp == stamp {
		return h.accounts.known, nil
	}
	known, err := resource.ReadAccounts(h)
	if err == nil {
		h.accounts.known, h.accounts.stamp = known, stamp
	}
	return known, err
}

// Sync makes what was written durable, all at once: to wait for the disk after each of a thousand files would take minutes.
// Until then a crash of the machine may lose files that were replaced, which the next observation finds.
func (h *Host) Sync() error {
	if h.undo == nil || h.baked {
		return nil
	}
	for _, dir := range h.undo.touched() {
		f, err := os.Open(dir)
		if err != nil {
			continue // it was removed again
		}
		err = unix.Syncfs(int(f.Fd()))
		f.Close()
		if err != nil {
			return fmt.Errorf("writing %s to the disk: %w", dir, err)
		}
	}
	return nil
}

func parent(path string) string { return filepath.Dir(path) }
