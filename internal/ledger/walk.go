package ledger

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"gemba"
)

// walk follows the rows from the first to the last: their numbers, their
// columns, their hashes.
func (v *verification) walk(ctx context.Context) error {
	wanted := make(map[int64]bool, len(v.signed))
	for _, head := range v.signed {
		wanted[head.Size] = true
	}
	v.roots = make(map[int64]tlog.Hash, len(wanted))
	stored := &storedHashes{store: v.store, end: tlog.StoredHashCount(v.sealed)}
	var last int64
	err := v.store.Rows(ctx, 0, func(row Row) error {
		v.checkNumber(last, row.Seq)
		last = row.Seq
		v.report.Events++
		v.checkRow(row)
		if v.broken {
			return nil
		}
		return v.grow(ctx, row, stored, wanted)
	})
	if err != nil {
		return err
	}
	return v.checkHashCount(ctx)
}

func (v *verification) checkNumber(last, seq int64) {
	switch {
	case seq == last+1:
		return
	case seq == last+2:
		v.find(last+1, "Event %d is missing.", last+1)
	case last == 0:
		v.find(1, "The first event is number %d: those before it are missing, or it was renumbered.", seq)
	default:
		v.find(last+1, "After event %d comes event %d: those between are missing, or it was renumbered.", last, seq)
	}
	v.broken = true
}

// checkRow compares the columns, by which queries find an event, with its bytes.
func (v *verification) checkRow(row Row) {
	event, err := Decode(row.Leaf)
	if err != nil {
		v.find(row.Seq, "Event %d was changed: its stored bytes are not an event (%v).", row.Seq, err)
		return
	}
	for _, difference := range differences(row, event) {
		v.find(row.Seq, "Event %d was changed: %s.", row.Seq, difference)
	}
}

func differences(row Row, e gemba.Event) []string {
	var found []string
	compare := func(name string, column, stored any) {
		if column != stored {
			found = append(found, fmt.Sprintf("its %s is %v in the table and %v in its stored bytes", name, column, stored))
		}
	}
	compare("number", row.Seq, e.Seq)
	compare("time", row.Time.UTC().Format(time.RFC3339Nano), e.Time.Format(time.RFC3339Nano))
	compare("kind", row.Kind, e.Kind)
	compare("subject", row.Subject, e.Subject)
	compare("run", row.Run, e.Run)
	return found
}

// grow adds the row to the recomputed tree.
func (v *verification) grow(ctx context.Context, row Row, stored *storedHashes, wanted map[int64]bool) error {
	hashes, err := v.tree.add(row.Leaf)
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		if err := v.compareHash(ctx, row.Seq, hash, stored); err != nil {
			return err
		}
	}
	if wanted[v.tree.size] {
		v.roots[v.tree.size], err = v.tree.root()
	}
	return err
}

// compareHash checks the next stored hash against the one recomputed.
func (v *verification) compareHash(ctx context.Context, seq int64, recomputed tlog.Hash, stored *storedHashes) error {
	hash, found, err := stored.next(ctx)
	switch {
	case gemba.CodeOf(err) == gemba.NotFound:
		v.find(seq, "The tree has lost hashes at event %d: %v.", seq, err)
		stored.end = 0 // said once
	case err != nil:
		return err
	case found && hash != recomputed && !stored.wrong:
		stored.wrong = true // every hash above it is wrong too
		v.find(seq, "Event %d does not have the hash that was stored when it was sealed: its bytes or the hash were changed.", seq)
	}
	return nil
}

// checkHashCount looks for hashes without events beneath them.
func (v *verification) checkHashCount(ctx context.Context) error {
	if v.broken || v.sealed <= v.tree.size {
		return nil
	}
	_, err := v.store.Hashes(ctx, []int64{tlog.StoredHashIndex(0, v.tree.size)})
	if gemba.CodeOf(err) == gemba.NotFound {
		return nil
	}
	if err == nil {
		v.find(v.tree.size+1, "The tree has the hash of event %d, which is not there.", v.tree.size+1)
	}
	return err
}

// storedHashes reads the stored hashes in order, many at a time.
type storedHashes struct {
	store HashStore
	at    int64 // index of the first in batch
	end   int64 // how many there should be
	batch []tlog.Hash
	wrong bool // one that differs was found
}

const hashBatch = 4096

// next returns the following hash; false after the last.
func (s *storedHashes) next(ctx context.Context) (tlog.Hash, bool, error) {
	if s.at >= s.end {
		return tlog.Hash{}, false, nil
	}
	if len(s.batch) == 0 {
		indexes := make([]int64, min(hashBatch, s.end-s.at))
		for i := range indexes {
			indexes[i] = s.at + int64(i)
		}
		batch, err := s.store.Hashes(ctx, indexes)
		if err != nil {
			return tlog.Hash{}, false, err
		}
		s.batch = batch
	}
	hash := s.batch[0]
	s.batch = s.batch[1:]
	s.at++
	return hash, true, nil
}
