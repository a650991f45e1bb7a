package web

import (
	"context"
	"time"

	"gemba"
)

// Source is what the dashboard reads. Its methods may be called at the same
// time. What does not exist is a gemba.Error with NotFound.
type Source interface {
	// Status is what runs where, now, and the newest runs.
	Status(ctx context.Context) (gemba.Status, error)
	// Hosts is what is known of every host, in any order.
	Hosts(ctx context.Context) ([]gemba.HostState, error)
	// Run returns a run with its steps.
	Run(ctx context.Context, id int64) (gemba.Run, error)
	// Runs returns at most limit runs with their steps, newest first; service "" is any.
	Runs(ctx context.Context, service string, limit int) ([]gemba.Run, error)
	// Log returns the lines of a step that come after that many: all of them for after 0, none where
	// nothing more was printed.
	Log(ctx context.Context, run int64, step int, after int) ([]gemba.LogLine, error)
	// TestResults returns the single tests of a run.
	TestResults(ctx context.Context, run int64) ([]gemba.TestResult, error)
	// Events returns at most limit events, newest first, with after < seq < before; before 0 is no bound. A run or
	// subject that is not zero selects; a subject is exact, or a prefix that ends in "/".
	Events(ctx context.Context, after, before int64, limit int, run int64, subject string) ([]gemba.Event, error)
	// Ledger tells how the ledger is sealed.
	Ledger(ctx context.Context) (LedgerState, error)
	// Changes tells, until ctx is done, that something may have changed; many changes may be told as one.
	// The channel is closed when there will be no more.
	Changes(ctx context.Context) <-chan struct{}
}

// LedgerState is what is proven of the ledger.
type LedgerState struct {
	Size      int64     // events
	Sealed    int64     // events under the last signed head
	Head      string    // root hash of the tree at Sealed, hexadecimal
	Verified  time.Time // when it was last proven whole; zero: never
	Sound     bool      // nothing was found wrong, up to Sealed
	Sentences []string  // what people should know of it
}
