package view

import (
	"time"

	"gemba"
)

// RunView shows one run while it goes on.
type RunView interface {
	// Frame takes in what a live stream says next. It does not wait for the terminal.
	Frame(gemba.Frame)
	// Say puts a sentence of the command's own among what the view tells: nothing else
	// may write to the terminal while a view is open.
	Say(text string)
	// Close ends the view with the run as it is now: over, asking, or left to
	// itself (detached). With a zero Run it only gives the terminal back, as
	// after a panic. Calls after the first do nothing.
	Close(final gemba.Run)
}

// LineFunc draws the line of the run's service as it is now: some lines, none
// wider than width columns; "" for none.
type LineFunc func(run gemba.Run, width int) string

// NewRunView picks the view: one JSON line per frame for --json, a region that
// is redrawn in place where somebody watches, and else a plain line per fact. draw may be nil.
func NewRunView(out Out, t Terminal, now func() time.Time, draw LineFunc) RunView {
	switch {
	case out.JSON:
		return &jsonRun{out: out, t: t}
	case t.TTY:
		return newLiveRun(out.Data, t, now, draw)
	}
	return newPlainRun(out.Data, t, now)
}
