package monitor

import (
	"context"
	"sync"
	"time"
)

// watch is the watching of one target.
type watch struct {
	watcher *Watcher
	target  Target
	ctx     context.Context
	cancel  context.CancelFunc
	before  *watch        // the one that this one replaces, until that is over; nil: there was none
	done    chan struct{} // closed when this one is over

	// Guarded by the watcher's mutex.
	leaving bool    // the target is gone: its series end
	last    *Answer // nil before the first

	scraped scrapeState // of the scraping loop alone
}

// endingTime bounds how long the end of a target's series may take to be kept.
const endingTime = 10 * time.Second

// leave stops a watch whose target is gone. The caller holds the watcher's mutex.
func (w *watch) leave() {
	w.leaving = true
	w.cancel()
}

// run looks at the target until the watch is cancelled.
func (w *watch) run() {
	defer close(w.done)
	defer w.cancel()
	w.takeOver()
	var loops sync.WaitGroup
	loops.Go(w.prepare)
	loops.Go(func() { w.repeat("probe", w.look) })
	if w.target.Metrics != "" {
		loops.Go(func() { w.repeat("scrape", w.scrape) })
	}
	loops.Wait()
	w.end()
}

// takeOver waits for the watch before to end, because samples of one series
// have to come in order, and goes on from what that one knew.
func (w *watch) takeOver() {
	if w.before == nil {
		return
	}
	<-w.before.done
	w.scraped.answered = w.before.scraped.answered
	w.before = nil
}

// prepare has the summary of the release made, which takes a while when it
// was placed long ago, so that nobody who asks has to wait for that.
func (w *watch) prepare() {
	if w.target.Since.IsZero() {
		return
	}
	if _, err := w.watcher.series.Watch(w.ctx, w.target, w.target.Since, w.now()); err != nil && w.ctx.Err() == nil {
		w.say("summarise", err, false)
	}
}

// repeat calls act at once and then once per interval, give or take a tenth.
// It says when what it keeps begins to fail and when that is over, not each time.
func (w *watch) repeat(name string, act func() error) {
	failing := false
	for w.ctx.Err() == nil {
		began := w.now()
		err := act()
		if w.ctx.Err() != nil {
			return
		}
		w.say(name, err, failing)
		failing = err != nil
		w.wait(w.pause() - w.now().Sub(began))
	}
}

// pause is the time from one look to the next.
func (w *watch) pause() time.Duration {
	spread := 0.9 + 0.2*w.watcher.config.Random()
	return time.Duration(float64(w.watcher.config.Interval) * spread)
}

func (w *watch) wait(d time.Duration) {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.ctx.Done():
	}
}

func (w *watch) say(name string, err error, failing bool) {
	log := w.watcher.config.Log.With("act", name, "environment", w.target.Environment, "service", w.target.Service, "process", w.target.Process)
	switch {
	case err != nil && !failing:
		log.Warn("watching does not succeed", "error", err)
	case err == nil && failing:
		log.Info("watching succeeds again")
	}
}

// end closes the series of a target that is gone, unless another watch has
// taken it up again meanwhile.
func (w *watch) end() {
	if !w.gone() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), endingTime)
	defer cancel()
	names := []string{ProbeSuccess, ProbeDuration}
	if !w.asked() {
		names = []string{ProcessUp}
	}
	err := w.keep(ctx, w.now(), ended(names)...)
	if w.scraped.answered && err == nil {
		err = w.endScrape(ctx)
	}
	w.say("end", err, false)
}

// gone reports whether the target left, rather than the watcher stopping or
// the target being described anew.
func (w *watch) gone() bool {
	w.watcher.mu.Lock()
	defer w.watcher.mu.Unlock()
	return w.leaving && w.watcher.ctx.Err() == nil && w.watcher.watches[w.target.Key()] == w
}

func (w *watch) now() time.Time { return w.watcher.config.Now() }

// measured is a name with its value; its labels are the target's.
type measured struct {
	name  string
	value float64
}

func ended(names []string) []measured {
	var all []measured
	for _, name := range names {
		all = append(all, measured{name, Ended()})
	}
	return all
}

// keep records values of the target.
func (w *watch) keep(ctx context.Context, at time.Time, values ...measured) error {
	labels := w.target.Key().Labels()
	samples := make([]Sample, len(values))
	for i, v := range values {
		samples[i] = Sample{Name: v.name, Labels: labels, Value: v.value}
	}
	return w.watcher.series.Append(ctx, at, samples)
}
