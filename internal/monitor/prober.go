package monitor

import (
	"context"
	"time"
)

// Prober asks targets. Its methods may be called at the same time, give up
// when ctx is done or after a time of their own, and keep nothing open.
type Prober interface {
	// Probe asks once whether a target with a URL or an address works. A target that does
	// not is an answer, not an error.
	Probe(ctx context.Context, target Target) Answer
	// Scrape fetches a target's own metrics.
	Scrape(ctx context.Context, target Target) (Text, error)
}

// Answer is what a probe found.
type Answer struct {
	At       time.Time     // when the question was put
	Good     bool          //
	Duration time.Duration // from the question to the answer, or to giving up
	Reason   string        // why it is not good: "answered 500", "connection refused"
}

// Text is a process's own metrics, as it sent them.
type Text struct {
	Body        []byte
	ContentType string
}

// Alive looks whether a process that cannot be asked runs. An error says
// that it is not known.
type Alive func(ctx context.Context, target Target) (bool, error)
