// Package ledger keeps the facts: events in their order, and the proof that
// none was changed, removed, cut off or made anew.
package ledger

import (
	"context"
	"time"

	"gemba"
)

// Store keeps events and the tree over them. The bytes of an event are written once, by
// the transaction that makes the fact true, and never again.
type Store interface {
	// Append records facts by themselves; chapters whose state changes with the fact use
	// their own port, which appends in the same transaction. Whichever way it comes, an event of
	// a run that names no cause was caused by the event of that run before it.
	Append(ctx context.Context, events ...gemba.Event) ([]gemba.Event, error)
	// Events returns those that match, in order.
	Events(ctx context.Context, q Query) ([]gemba.Event, error)
	// Leaves calls f with the stored bytes of the events from seq first on, in order.
	Leaves(ctx context.Context, first int64, f func(seq int64, leaf []byte) error) error
}

// Query selects events; a zero field selects all.
type Query struct {
	After   int64  // seq; exclusive
	Before  int64  // seq; exclusive
	Subject string // exact, or a prefix that ends in "/"
	Kind    string // exact, or a prefix that ends in "."
	Run     int64
	Since   time.Time
	Limit   int  // 0: 1,000
	Newest  bool // the last Limit ones, still in order
}
