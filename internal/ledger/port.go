package ledger

import (
	"context"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Row is an event as a store holds it: the leaf, and the columns that were
// copied from it so that queries find it. Verification compares the two.
type Row struct {
	Seq     int64
	Time    time.Time // whole microseconds, UTC
	Kind    string
	Subject string
	Run     int64 // 0: none
	Leaf    []byte
}

// HashStore keeps the tree over the events: its hashes and its signed heads.
// Every store of events is one. Methods may be called at the same time, but
// only one Sealer at a time appends.
type HashStore interface {
	// Ledger returns the ledger's identity: random, made with the store, never changed.
	Ledger(ctx context.Context) (string, error)
	// Leaves calls f with the stored bytes of the events from seq first on, in order.
	Leaves(ctx context.Context, first int64, f func(seq int64, leaf []byte) error) error
	// Rows is Leaves with the columns beside them.
	Rows(ctx context.Context, first int64, f func(Row) error) error
	// Sealed returns how many events the newest head is over; 0 without a head.
	Sealed(ctx context.Context) (int64, error)
	// Hashes returns stored hashes by tlog.StoredHashIndex, in the order asked for,
	// or a gemba.Error with NotFound that names the first that is missing.
	Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error)
	// AppendHead keeps a signed head over size events and the hashes new since
	// the head before, whose first index is given; all in one transaction.
	AppendHead(ctx context.Context, size int64, head []byte, first int64, hashes []tlog.Hash) error
	// Heads returns the signed heads, oldest first.
	Heads(ctx context.Context) ([][]byte, error)
}

// Heads is the witness outside the state directory: signed heads and the
// verification key of one ledger, append-only. What it returned from Append
// or KeepKey is durable.
type Heads interface {
	// Append adds a signed head.
	Append(ctx context.Context, head []byte) error
	// All returns the heads, oldest first; none when nothing is kept.
	All(ctx context.Context) ([][]byte, error)
	// KeepKey adds a verification key.
	KeepKey(ctx context.Context, key string) error
	// Keys returns the verification keys, oldest first. More than one means that
	// somebody signs who did not have the first key.
	Keys(ctx context.Context) ([]string, error)
	// Others returns the ledgers that were kept for the same state directory and
	// are not this one.
	Others(ctx context.Context) ([]string, error)
	// Where names the place for people: a path.
	Where() string
}

// KeyFile keeps the signing key, readable by its owner alone.
type KeyFile interface {
	// Load returns the key, or "" when there is none yet.
	Load(ctx context.Context) (string, error)
	// Save keeps the key; it is durable when it returns.
	Save(ctx context.Context, key string) error
}
