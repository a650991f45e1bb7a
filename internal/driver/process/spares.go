package process

import (
	"context"
	"errors"
	"sync"
	"time"

	"gemba/internal/wire"
)

// quiet is how long nothing has to be started before spares are made again:
// a pipeline of short steps is not slowed down by them.
const quiet = 100 * time.Millisecond

// spares are supervisors that wait for a specification. To start a program
// takes a Go runtime some milliseconds; these have been spent already.
type spares struct {
	worker string

	mu    sync.Mutex
	want  int
	idle  []*launched
	again *time.Timer
}

// keep changes how many are kept; those that are too many end.
func (s *spares) keep(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.want = n
	for len(s.idle) > n {
		s.idle[0].close()
		s.idle = s.idle[1:]
	}
	if n == 0 && s.again != nil {
		s.again.Stop()
		return
	}
	s.later()
}

// later makes what is missing after a quiet moment. s.mu is held.
func (s *spares) later() {
	if len(s.idle) >= s.want {
		return
	}
	if s.again == nil {
		s.again = time.AfterFunc(quiet, s.fill)
		return
	}
	s.again.Reset(quiet)
}

// fill makes one, and comes back for the next.
func (s *spares) fill() {
	l, err := launch(s.worker)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		return // Start will find the same error, and say it
	}
	if len(s.idle) >= s.want {
		l.close()
		return
	}
	s.idle = append(s.idle, l)
	if len(s.idle) < s.want {
		s.again.Reset(0)
	}
}

func (s *spares) take() *launched {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == 0 {
		return nil
	}
	l := s.idle[0]
	s.idle = s.idle[1:]
	s.later()
	return l
}

// run has spec run by one that waits, or by a new one.
func (s *spares) run(ctx context.Context, spec wire.Spec) error {
	for l := s.take(); l != nil; l = s.take() {
		if err := l.run(ctx, spec); !errors.Is(err, errDied) {
			return err
		}
	}
	l, err := launch(s.worker)
	if err != nil {
		return err
	}
	return l.run(ctx, spec)
}
