// Package process starts supervisors on this machine and speaks to them. A
// supervisor outlives who started it: it is found again by its directory.
package process

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"

	"gemba"
	"gemba/internal/wire"
)

// Supervisors are those of one state directory. Its methods may be called
// from several goroutines.
type Supervisors struct {
	dir     string
	sockets string
	spares  *spares
}

// New returns the supervisors whose directories are in dir. Sockets are made
// in sockets, where paths are short: the kernel allows 107 bytes. worker is
// the path of gemba-worker.
func New(dir, sockets, worker string) *Supervisors {
	return &Supervisors{dir: absolute(dir), sockets: absolute(sockets), spares: &spares{worker: worker}}
}

// absolute makes a path good for a process that runs elsewhere. Only where
// the current directory was removed can it not be made so.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

var validID = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$`)

// Start starts a supervisor for spec, whose Version, Dir and Socket it fills
// in. It returns when the supervisor answers and the program has started. That
// the program cannot be started is no error here: the Exit says so. An ID that
// is at work already is a gemba.Error with Conflict; one whose supervisor was
// killed is cleared and starts anew.
func (s *Supervisors) Start(ctx context.Context, spec wire.Spec) (*Supervisor, error) {
	p, err := s.supervisor(spec.ID)
	if err != nil {
		return nil, err
	}
	spec.Version, spec.Dir, spec.Socket = wire.Version, p.dir, p.socket
	if spec.Env == nil {
		spec.Env = []string{}
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.ID, err)
	}
	if err := os.MkdirAll(s.sockets, 0o700); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.ID, err)
	}
	if err := p.clearRest(ctx); err != nil {
		return nil, err
	}
	if err := s.spares.run(ctx, spec); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.ID, err)
	}
	return p, nil
}

// Keep keeps n supervisors started and waiting, about 4 MB each, so that
// Start need not wait for one. Close lets them go; they also end with this process.
func (s *Supervisors) Keep(n int) { s.spares.keep(n) }

// Close lets go of the supervisors that wait. Those at work go on.
func (s *Supervisors) Close() { s.spares.keep(0) }

// Find returns the supervisor of that ID, alive or not, or a gemba.Error with NotFound.
func (s *Supervisors) Find(id string) (*Supervisor, error) {
	p, err := s.supervisor(id)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(p.dir); errors.Is(err, os.ErrNotExist) {
		return nil, gemba.Fail(gemba.NotFound, "there is no supervisor "+id, "its directory does not exist", "")
	} else if err != nil {
		return nil, fmt.Errorf("find supervisor %s: %w", id, err)
	}
	return p, nil
}

// IDs lists the supervisors whose directories exist, alive or not.
func (s *Supervisors) IDs() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list supervisors: %w", err)
	}
	var ids []string
	for _, entry := range entries {
		if entry.IsDir() && validID.MatchString(entry.Name()) {
			ids = append(ids, entry.Name())
		}
	}
	return ids, nil
}

func (s *Supervisors) supervisor(id string) (*Supervisor, error) {
	if !validID.MatchString(id) {
		return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("%q names no supervisor", id), "an ID has letters, digits, '.', '-' and '_'", "")
	}
	dir := filepath.Join(s.dir, id)
	sum := fnv.New64a()
	sum.Write([]byte(dir))
	socket := filepath.Join(s.sockets, fmt.Sprintf("%016x", sum.Sum64()))
	if len(socket) >= 108 {
		return nil, gemba.Fail(gemba.Invalid, "sockets cannot be made in "+s.sockets,
			"the path of a socket has at most 107 bytes", "choose a shorter runtime directory")
	}
	return &Supervisor{id: id, dir: dir, socket: socket}, nil
}
