package ledger

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Verify proves a ledger up to its last signed head: every leaf is hashed
// again from its stored bytes, the columns and stored hashes are compared,
// and every head, inside and outside the state directory, must be signed by
// the one key and agree with the tree. What is wrong is in the report; the
// error is only for a context that ended.
//
// It may run while events are appended and sealed: it reads the heads first,
// and what comes after them is counted as not yet sealed.
func Verify(ctx context.Context, store HashStore, heads Heads) (Report, error) {
	v := &verification{store: store, heads: heads}
	for _, check := range []func(context.Context) error{
		v.readHeads, v.checkWitness, v.openHeads, v.walk, v.judgeHeads,
	} {
		if err := check(ctx); err != nil {
			if ctx.Err() != nil {
				return Report{}, ctx.Err()
			}
			v.find(0, "The ledger cannot be read: %v.", err)
			break
		}
	}
	return v.finish(), nil
}

type verification struct {
	store HashStore
	heads Heads

	report  Report
	sealed  int64 // size of the newest head in the store
	inside  [][]byte
	outside [][]byte
	keys    []string
	signed  []signedHead        // whose signature is good
	roots   map[int64]tlog.Hash // recomputed, at the sizes that heads are over
	tree    frontier            // recomputed, as far as rows could be followed
	broken  bool                // a row is missing: what follows has no place in the tree
}

type signedHead struct {
	Head
	place string
}

func (v *verification) find(seq int64, format string, args ...any) {
	v.report.Findings = append(v.report.Findings, Finding{Seq: seq, What: fmt.Sprintf(format, args...)})
}

// readHeads reads inside before outside: a seal that happens meanwhile
// writes outside first, so each head inside must be found outside.
func (v *verification) readHeads(ctx context.Context) (err error) {
	if v.report.Ledger, err = v.store.Ledger(ctx); err != nil {
		return err
	}
	if v.sealed, err = v.store.Sealed(ctx); err != nil {
		return err
	}
	if v.inside, err = v.store.Heads(ctx); err != nil {
		return err
	}
	if v.keys, err = v.heads.Keys(ctx); err != nil {
		return err
	}
	v.outside, err = v.heads.All(ctx)
	return err
}

// checkWitness looks for a ledger made anew and for heads missing outside.
func (v *verification) checkWitness(ctx context.Context) error {
	others, err := v.heads.Others(ctx)
	if err != nil {
		return err
	}
	for _, other := range others {
		v.find(0, "The ledger was made anew: this state directory kept ledger %s before, now it keeps %s. "+
			"If that was meant, remove %s's file beside %s.", other, v.report.Ledger, other, v.heads.Where())
	}
	if len(v.keys) > 1 {
		v.find(0, "The ledger was signed with %d keys; only the first, %s, is trusted.", len(v.keys), v.keys[0])
	}
	if len(v.inside) == 0 {
		return nil
	}
	if len(v.outside) == 0 || len(v.keys) == 0 {
		v.find(0, "No heads are kept outside the state directory: %s is missing or has lost its key. "+
			"Without it an old copy or a remade ledger cannot be told from the true one.", v.heads.Where())
		return nil
	}
	v.checkMissingOutside()
	return nil
}

func (v *verification) checkMissingOutside() {
	kept := make(map[string]bool, len(v.outside))
	for _, head := range v.outside {
		kept[string(head)] = true
	}
	missing := slices.DeleteFunc(slices.Clone(v.inside), func(head []byte) bool { return kept[string(head)] })
	if len(missing) > 0 {
		v.find(0, "%s of %d signed heads are not kept outside, the first over %s: %s was changed or cut short, or a head in the store was changed.",
			count(len(missing)), len(v.inside), claimed(missing[0]), v.heads.Where())
	}
}

// openHeads checks the signatures. Without a key outside there is no key to trust.
func (v *verification) openHeads(context.Context) error {
	v.report.Heads, v.report.Outside = len(v.inside), len(v.outside)
	if len(v.keys) == 0 {
		return nil
	}
	key, err := note.NewVerifier(v.keys[0])
	if err != nil {
		v.find(0, "The verification key in %s is damaged: %v.", v.heads.Where(), err)
		return nil
	}
	if key.Name() != v.report.Ledger {
		v.find(0, "The ledger was made anew: the heads outside are of ledger %s, the store keeps %s.", key.Name(), v.report.Ledger)
	}
	v.open(v.inside, key, "in the store")
	v.open(v.outside, key, "outside")
	return nil
}

func (v *verification) open(heads [][]byte, key note.Verifier, place string) {
	for _, signed := range heads {
		head, err := OpenHead(signed, key)
		if err != nil {
			v.find(0, "A head %s over %s is not signed by the ledger's key: it was changed, or the ledger was made anew.", place, claimed(signed))
			continue
		}
		v.signed = append(v.signed, signedHead{head, place})
	}
}

// judgeHeads compares the signed roots with the recomputed ones.
func (v *verification) judgeHeads(context.Context) error {
	slices.SortStableFunc(v.signed, func(a, b signedHead) int { return int(a.Size - b.Size) })
	good, beyond, wrong := int64(0), []signedHead{}, []signedHead{}
	for _, head := range v.signed {
		root, reached := v.roots[head.Size]
		switch {
		case !reached:
			beyond = append(beyond, head)
		case root == head.Root && len(wrong) == 0:
			good = head.Size
		case root != head.Root:
			wrong = append(wrong, head)
		}
	}
	v.report.Sealed = good
	if len(wrong) > 0 {
		v.find(0, "The head %s over %s, signed %s, does not agree with the events: something among events %d to %d is not what was signed. %s",
			wrong[0].place, events(wrong[0].Size), stamp(wrong[0].Time), good+1, wrong[0].Size, more(len(wrong)-1))
	}
	if len(beyond) > 0 && !v.broken {
		v.findCut(beyond)
	}
	return nil
}

// findCut says how a tree can be shorter than what was signed of it.
func (v *verification) findCut(beyond []signedHead) {
	last := beyond[len(beyond)-1]
	lost := last.Size - v.report.Events
	if v.sealed <= v.report.Events {
		v.find(v.report.Events+1, "The ledger ends at event %d, but a head over %s was signed %s and is kept outside: "+
			"at least the last %s were cut off together with their heads, or an old copy of the state was put back.",
			v.report.Events, events(last.Size), stamp(last.Time), count64(lost))
		return
	}
	v.find(v.report.Events+1, "The ledger ends at event %d, but a head over %s was signed %s: at least the last %s were cut off.",
		v.report.Events, events(last.Size), stamp(last.Time), count64(lost))
}
