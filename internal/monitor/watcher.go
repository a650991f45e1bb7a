package monitor

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"
)

// Config is how a Watcher goes about it. All but Interval have to be given.
type Config struct {
	Interval time.Duration    // between two looks at a target; 0: 5 s
	Random   func() float64   // from 0 to 1; spreads the looks so that targets are not all asked at once
	Now      func() time.Time //
	Log      *slog.Logger     //
}

const defaultInterval = 5 * time.Second

// Watcher looks at targets again and again and keeps what it sees. Each
// target has loops of its own: one that is slow holds up no other.
type Watcher struct {
	series Series
	prober Prober
	alive  Alive
	config Config

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	watches map[Key]*watch
}

// NewWatcher returns a watcher of nothing yet. Close ends it.
func NewWatcher(series Series, prober Prober, alive Alive, config Config) *Watcher {
	if config.Interval <= 0 {
		config.Interval = defaultInterval
	}
	w := &Watcher{series: series, prober: prober, alive: alive, config: config, watches: map[Key]*watch{}}
	w.ctx, w.stop = context.WithCancel(context.Background())
	return w
}

// Set replaces what is watched. New targets are looked at at once, unchanged
// ones go on as they are, and the series of those that are gone end. It does
// not wait for any of this.
func (w *Watcher) Set(targets []Target) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx.Err() != nil {
		return
	}
	wanted := map[Key]bool{}
	for _, target := range targets {
		wanted[target.Key()] = true
		w.want(target)
	}
	for key, one := range w.watches {
		if !wanted[key] {
			one.leave()
		}
	}
}

// Last returns the latest answer of a target that is watched; false before the first.
func (w *Watcher) Last(key Key) (Answer, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one, watched := w.watches[key]
	if !watched || one.last == nil {
		return Answer{}, false
	}
	return *one.last, true
}

// Close stops looking and returns when nothing is under way. Series do not
// end: a watcher that comes later goes on with them.
func (w *Watcher) Close() {
	w.mu.Lock()
	w.stop()
	w.mu.Unlock()
	w.work.Wait()
}

// want makes sure that a target is watched as it is described now.
func (w *Watcher) want(target Target) {
	before := w.watches[target.Key()]
	if before != nil && !before.leaving && reflect.DeepEqual(before.target, target) {
		return
	}
	one := w.newWatch(target, before)
	w.watches[target.Key()] = one
	w.work.Go(func() {
		one.run()
		w.forget(one)
	})
}

// newWatch replaces the watch before, if there is one, whose series go on.
func (w *Watcher) newWatch(target Target, before *watch) *watch {
	one := &watch{watcher: w, target: target, done: make(chan struct{})}
	one.ctx, one.cancel = context.WithCancel(w.ctx)
	if before != nil {
		before.cancel()
		one.before = before
		one.last = before.last
	}
	return one
}

// forget drops a watch that has ended, unless another has taken its place.
func (w *Watcher) forget(one *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watches[one.target.Key()] == one {
		delete(w.watches, one.target.Key())
	}
}
