package pipeline

import (
	"context"
	"sync"

	"gemba"
)

// watchers are those who want to see runs change.
type watchers struct {
	mu  sync.Mutex
	all map[int64]map[*watcher]bool
}

type watcher struct {
	runs   chan gemba.Run // holds the newest only
	closed bool
}

func newWatchers() *watchers { return &watchers{all: map[int64]map[*watcher]bool{}} }

func (w *watchers) add(ctx context.Context, run int64) *watcher {
	ch := &watcher{runs: make(chan gemba.Run, 1)}
	w.mu.Lock()
	if w.all[run] == nil {
		w.all[run] = map[*watcher]bool{}
	}
	w.all[run][ch] = true
	w.mu.Unlock()
	context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all[run], ch)
		if len(w.all[run]) == 0 {
			delete(w.all, run)
		}
		ch.closed = true
		close(ch.runs)
	})
	return ch
}

func (w *watchers) tell(run gemba.Run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.all[run.ID] {
		ch.put(run)
	}
}

// offer gives a watcher the state that was read for it, unless a newer one has come meanwhile.
func (w *watchers) offer(ch *watcher, run gemba.Run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(ch.runs) == 0 {
		ch.put(run)
	}
}

func (ch *watcher) put(run gemba.Run) {
	if ch.closed {
		return
	}
	select {
	case <-ch.runs:
	default:
	}
	ch.runs <- run
}
