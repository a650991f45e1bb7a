package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"gemba"
)

// Proof shows to somebody who has only the verification key that one event
// is under a signed head (RFC 6962, section 2.1.1).
type Proof struct {
	Seq  int64            `json:"seq"`
	Leaf []byte           `json:"leaf"` // the event's stored bytes
	Head []byte           `json:"head"` // the newest signed head
	Path tlog.RecordProof `json:"path"`
}

// Prove makes the proof of a sealed event. An event that does not exist is a
// gemba.Error with NotFound, one that is not yet sealed with Conflict.
func Prove(ctx context.Context, store HashStore, seq int64) (Proof, error) {
	heads, err := store.Heads(ctx)
	if err != nil {
		return Proof{}, err
	}
	size, err := store.Sealed(ctx)
	if err != nil {
		return Proof{}, err
	}
	leaf, err := leafOf(ctx, store, seq)
	if err != nil {
		return Proof{}, err
	}
	if seq > size || len(heads) == 0 {
		return Proof{}, gemba.Fail(gemba.Conflict, fmt.Sprintf("event %d cannot be proved yet", seq), "it is not sealed", "try again in a second")
	}
	stored := func(indexes []int64) ([]tlog.Hash, error) { return store.Hashes(ctx, indexes) }
	path, err := tlog.ProveRecord(size, seq-1, tlog.HashReaderFunc(stored))
	if err != nil {
		return Proof{}, fmt.Errorf("prove event %d: %w", seq, err)
	}
	return Proof{Seq: seq, Leaf: leaf, Head: heads[len(heads)-1], Path: path}, nil
}

// Check verifies the proof with the ledger's verification key.
func (p Proof) Check(key note.Verifier) error {
	head, err := OpenHead(p.Head, key)
	if err != nil {
		return fmt.Errorf("check the proof of event %d: %w", p.Seq, err)
	}
	if err := tlog.CheckRecord(p.Path, head.Size, head.Root, p.Seq-1, tlog.RecordHash(p.Leaf)); err != nil {
		return fmt.Errorf("check the proof of event %d: %w", p.Seq, err)
	}
	return nil
}

// leafOf reads one leaf.
func leafOf(ctx context.Context, store HashStore, seq int64) ([]byte, error) {
	var found []byte
	stop := errors.New("stop")
	err := store.Leaves(ctx, seq, func(at int64, leaf []byte) error {
		if at == seq {
			found = leaf
		}
		return stop
	})
	if err != nil && !errors.Is(err, stop) {
		return nil, err
	}
	if found == nil {
		return nil, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no event %d", seq), "", "gemba ledger")
	}
	return found, nil
}
