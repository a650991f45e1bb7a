package view

import (
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"gemba"
)

const (
	fastest = 100 * time.Millisecond // between two drawings
	ticking = time.Second            // how often the time of what runs moves on
)

// liveRun shows a run in a terminal: what is settled scrolls away as text,
// what goes on is redrawn in place below it.
type liveRun struct {
	t       Terminal
	now     func() time.Time
	line    LineFunc
	changed chan struct{} // holds one: something is to be drawn
	stop    chan struct{}
	painter sync.WaitGroup
	end     sync.Once

	mu      sync.Mutex // of what follows
	screen  screen
	run     gemba.Run
	tails   tails
	settled map[string]bool // blocks that were written for good
	says    []string        // sentences that are still to be written
}

func newLiveRun(out io.Writer, t Terminal, now func() time.Time, line LineFunc) *liveRun {
	v := &liveRun{
		t: t, now: now, line: line, tails: tails{}, settled: map[string]bool{}, screen: screen{out: out},
		changed: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	v.painter.Go(v.paint)
	return v
}

func (v *liveRun) Frame(f gemba.Frame) {
	v.mu.Lock()
	if f.Run != nil {
		v.run = *f.Run
	}
	if f.Log != nil {
		v.tails.add(f.Step, *f.Log)
	}
	v.mu.Unlock()
	v.wake()
}

func (v *liveRun) Say(text string) {
	v.mu.Lock()
	v.says = append(v.says, wrap(v.t.text(text), v.t.width(), "  ")...)
	v.mu.Unlock()
	v.wake()
}

func (v *liveRun) wake() {
	select {
	case v.changed <- struct{}{}:
	default: // it will be drawn with what is waiting already
	}
}

func (v *liveRun) Close(final gemba.Run) {
	v.end.Do(func() {
		close(v.stop)
		v.painter.Wait()
		v.finish(final)
	})
}

// paint draws at once what has changed, but not faster than eyes follow.
func (v *liveRun) paint() {
	tick := time.NewTicker(ticking)
	defer tick.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-v.changed:
		case <-tick.C:
		}
		v.draw()
		select {
		case <-v.stop:
			return
		case <-time.After(fastest):
		}
	}
}

func (v *liveRun) draw() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.run.ID == 0 {
		return
	}
	t, w, h := v.teller()
	var stay, region []string
	for _, b := range v.fitting(t, h) {
		switch {
		case b.settled && len(region) == 0: // what comes after it must come after it on the screen too
			stay, v.settled[b.name] = append(stay, b.lines...), true
		default:
			region = append(region, b.lines...)
		}
	}
	stay, v.says = append(stay, v.says...), nil
	if v.line != nil {
		region = append(region, drawn(v.line(v.run, w))...)
	}
	v.screen.draw(stay, region[max(len(region)-(h-1), 0):], w)
}

// drawn is a picture of some lines, with a free one above it; nothing when there is none.
func drawn(picture string) []string {
	if picture == "" {
		return nil
	}
	return append([]string{""}, strings.Split(strings.TrimRight(picture, "\n"), "\n")...)
}

// fitting tells the run with as much log below what runs as the window has rows for.
func (v *liveRun) fitting(t teller, h int) []block {
	var blocks []block
	for room := shown; room >= 0; room-- {
		blocks = v.unsettled(t.blocks(v.run, v.tails, room))
		rows := 0
		for _, b := range blocks {
			rows += len(b.lines)
		}
		if rows <= h/2 {
			break
		}
	}
	return blocks
}

func (v *liveRun) unsettled(blocks []block) []block {
	return slices.DeleteFunc(blocks, func(b block) bool { return v.settled[b.name] })
}

// finish writes all that was not settled, and how it ended.
func (v *liveRun) finish(final gemba.Run) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, w, _ := v.teller()
	if final.ID == 0 {
		v.screen.finish(nil, w)
		return
	}
	var stay []string
	for _, b := range v.unsettled(t.blocks(final, v.tails, 0)) {
		stay = append(stay, b.lines...)
	}
	stay = append(stay, v.says...)
	v.screen.finish(append(stay, t.ending(final)...), w)
}

// teller looks at the clock and the window once, so that all of a drawing agrees.
func (v *liveRun) teller() (t teller, w, h int) {
	w, h = v.t.width(), v.t.height()
	fixed := v.t
	fixed.Size = func() (int, int) { return w, h }
	return teller{fixed, v.now()}, w, h
}
