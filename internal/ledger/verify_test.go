package ledger_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemba"
	"gemba/internal/ledger"
)

func TestAnHonestLedgerPasses(t *testing.T) {
	b := filled(t)
	report := b.passes()
	if report.Events != 43 || report.Sealed != 40 || report.Unsealed() != 3 || report.Heads != 4 || report.Outside != 4 {
		t.Fatalf("got %+v", report)
	}
	if !strings.Contains(report.String(), "3 events, not yet sealed") {
		t.Fatalf("the events that are not yet sealed are not told of: %s", report)
	}
	b.seal()
	if report := b.passes(); report.Unsealed() != 0 {
		t.Fatalf("got %+v", report)
	}
}

func TestANewLedgerPasses(t *testing.T) {
	b := newBook(t, folder(t))
	t.Cleanup(func() { b.close() })
	b.passes()
	b.write(2)
	if report := b.passes(); report.Unsealed() != 2 {
		t.Fatalf("got %+v", report)
	}
}

func TestSealingWithNothingNewWritesNothing(t *testing.T) {
	b := filled(t)
	first := b.seal()
	if first.Size != 43 {
		t.Fatalf("got %+v", first)
	}
	if again := b.seal(); again.Size != 0 || b.passes().Heads != 5 {
		t.Fatalf("a second seal made %+v", again)
	}
}

func TestAHeadThatACrashLeftOnlyOutsideIsHonest(t *testing.T) {
	b := filled(t)
	b.seal()
	b.behind(func() {
		b.sql(`DELETE FROM tree_heads WHERE size = 43`, `DELETE FROM tree_hashes WHERE idx >= (SELECT max(idx) FROM tree_hashes) - 3`)
	})
	// 40 events have 78 hashes and 43 have 82.
	b.passes()
	b.write(1)
	if head := b.seal(); head.Size != 44 {
		t.Fatalf("got %+v", head)
	}
	b.passes()
}

func TestVerifyFindsWhatWasDoneToTheStore(t *testing.T) {
	for name, c := range map[string]struct {
		statements []string
		seq        int64
		says       string
	}{
		"a byte of an event changed": {
			[]string{`UPDATE events SET leaf = CAST(replace(CAST(leaf AS TEXT), '"n":6', '"n":8') AS BLOB) WHERE seq = 17`},
			17, "Event 17 does not have the hash"},
		"a byte changed and the hashes made to fit": {
			[]string{`UPDATE events SET leaf = CAST(replace(CAST(leaf AS TEXT), '"n":6', '"n":8') AS BLOB) WHERE seq = 17`, `DELETE FROM tree_hashes`, `DELETE FROM tree_heads`},
			0, "something among events 11 to 20"},
		"bytes that are no event":   {[]string{`UPDATE events SET leaf = x'00' WHERE seq = 17`}, 17, "Event 17 was changed"},
		"an event spelled anew":     {[]string{`UPDATE events SET leaf = CAST(CAST(leaf AS TEXT) || ' ' AS BLOB) WHERE seq = 17`}, 17, "not in the canonical form"},
		"a kind changed":            {[]string{`UPDATE events SET kind = 'run.refused' WHERE seq = 17`}, 17, "its kind is run.refused in the table and run.accepted"},
		"a subject changed":         {[]string{`UPDATE events SET subject = 'x' WHERE seq = 17`}, 17, "its subject"},
		"a run changed":             {[]string{`UPDATE events SET run = 99 WHERE seq = 17`}, 17, "its run"},
		"a time changed":            {[]string{`UPDATE events SET time = time + 1 WHERE seq = 17`}, 17, "its time"},
		"an event removed":          {[]string{`DELETE FROM events WHERE seq = 17`}, 17, "Event 17 is missing"},
		"the first removed":         {[]string{`DELETE FROM events WHERE seq = 1`}, 1, "Event 1 is missing"},
		"several removed":           {[]string{`DELETE FROM events WHERE seq BETWEEN 17 AND 19`}, 17, "After event 16 comes event 20"},
		"removed and renumbered":    {[]string{`DELETE FROM events WHERE seq = 17`, `UPDATE events SET seq = seq - 1 WHERE seq > 17`}, 17, "its number is 17 in the table and 18"},
		"two that changed places":   {[]string{`UPDATE events SET seq = 1000 WHERE seq = 17`, `UPDATE events SET seq = 17 WHERE seq = 18`, `UPDATE events SET seq = 18 WHERE seq = 1000`}, 17, "its number"},
		"an event put in before":    {[]string{`INSERT INTO events SELECT 0, time, kind, subject, run, leaf FROM events WHERE seq = 1`}, 1, "The first event is number 0"},
		"the last ten cut off":      {[]string{`DELETE FROM events WHERE seq > 33`}, 34, "the last 7 were cut off"},
		"cut off with their hashes": {[]string{`DELETE FROM events WHERE seq > 30`, `DELETE FROM tree_hashes WHERE idx >= 56`, `DELETE FROM tree_heads WHERE size > 30`}, 31, "the last 10 were cut off together with their heads"},
		"everything removed":        {[]string{`DELETE FROM events`, `DELETE FROM tree_hashes`, `DELETE FROM tree_heads`}, 1, "the last 40 were cut off"},
		"a stored hash changed":     {[]string{`UPDATE tree_hashes SET hash = zeroblob(32) WHERE idx = 0`}, 1, "Event 1 does not have the hash"},
		"an inner hash changed":     {[]string{`UPDATE tree_hashes SET hash = zeroblob(32) WHERE idx = 2`}, 2, "Event 2 does not have the hash"},
		"a stored hash removed":     {[]string{`DELETE FROM tree_hashes WHERE idx = 0`}, 1, "has lost hashes"},
		"a head's signature changed": {
			[]string{`UPDATE tree_heads SET head = CAST(replace(CAST(head AS TEXT), ' ' || (SELECT id FROM ledger) || ' ', ' ' || (SELECT id FROM ledger) || ' AAAA') AS BLOB) WHERE size = 20`},
			0, "in the store over 20 events is not signed"},
		"a head's text changed": {[]string{`UPDATE tree_heads SET head = CAST(replace(CAST(head AS TEXT), char(10) || '20' || char(10), char(10) || '21' || char(10)) AS BLOB) WHERE size = 20`},
			0, "is not signed"},
		"an identity changed": {[]string{`UPDATE ledger SET id = 'another'`}, 0, "made anew"},
	} {
		t.Run(name, func(t *testing.T) {
			b := filled(t)
			b.behind(func() { b.sql(c.statements...) })
			b.fails(c.seq, c.says)
			t.Log(b.verify())
		})
	}
}

func TestVerifyFindsAByteChangedInTheFile(t *testing.T) {
	b := filled(t)
	b.behind(func() {
		content, err := os.ReadFile(b.db())
		b.must(err)
		// All of them: pages that SQLite has freed may hold older copies.
		changed := bytes.ReplaceAll(content, []byte(`"n":6}`), []byte(`"n":8}`))
		if bytes.Equal(changed, content) {
			t.Fatal("the event is not in the file")
		}
		b.must(os.WriteFile(b.db(), changed, 0o600))
	})
	if report := b.verify(); report.OK() || report.Findings[0].Seq == 0 {
		t.Fatalf("got %+v", report)
	}
}

func TestVerifyFindsAnOldCopyPutBack(t *testing.T) {
	b := filled(t)
	b.behind(func() { b.copyFile(b.db(), b.db()+".old") })
	b.write(20)
	b.seal()
	b.passes()
	b.behind(func() { b.copyFile(b.db()+".old", b.db()) })
	b.fails(44, "an old copy of the state was put back")

	t.Run("and carried on with", func(t *testing.T) {
		b.write(30)
		b.seal()
		b.fails(0, "does not agree with the events: something among events 41 to 63")
	})
}

func TestVerifyFindsALedgerMadeAnew(t *testing.T) {
	b := filled(t)
	old, err := b.store.Ledger(t.Context())
	b.must(err)
	b.behind(func() { b.must(os.RemoveAll(b.dir)); b.must(os.MkdirAll(b.dir, 0o700)) })
	b.write(40)
	b.fails(0, "made anew: this state directory kept ledger "+old)
	b.seal()
	b.fails(0, "made anew: this state directory kept ledger "+old)

	t.Run("under the old name with a new key", func(t *testing.T) {
		b.behind(func() { b.sql(`UPDATE ledger SET id = '`+old+`'`, `DELETE FROM tree_heads`, `DELETE FROM tree_hashes`) })
		b.seal()
		b.fails(0, "signed with 2 keys")
		b.fails(0, "is not signed by the ledger's key")
	})
}

func TestVerifyFindsALostKeyReplaced(t *testing.T) {
	b := filled(t)
	b.behind(func() { b.must(os.Remove(b.key())) })
	b.seal()
	b.fails(0, "signed with 2 keys")
}

func TestVerifyFindsWhatWasDoneOutside(t *testing.T) {
	lines := func(t *testing.T, b *book) [][]byte {
		content, err := os.ReadFile(b.heads.Where())
		b.must(err)
		return bytes.SplitAfter(content, []byte("\n"))
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, b *book)
		says   string
	}{
		"the file removed":      {func(_ *testing.T, b *book) { b.must(os.Remove(b.heads.Where())) }, "No heads are kept outside"},
		"the directory removed": {func(_ *testing.T, b *book) { b.must(os.RemoveAll(b.outside)) }, "No heads are kept outside"},
		"the file emptied":      {func(_ *testing.T, b *book) { b.must(os.Truncate(b.heads.Where(), 0)) }, "No heads are kept outside"},
		"the last head cut off": {func(t *testing.T, b *book) {
			all := lines(t, b)
			b.must(os.WriteFile(b.heads.Where(), bytes.Join(all[:len(all)-2], nil), 0o600))
		}, "1 of 4 signed heads are not kept outside, the first over 40 events"},
		"the key removed": {func(t *testing.T, b *book) {
			all := lines(t, b)
			b.must(os.WriteFile(b.heads.Where(), bytes.Join(append(all[:1], all[2:]...), nil), 0o600))
		}, "has lost its key"},
		"a head's signature changed": {func(t *testing.T, b *book) {
			all := lines(t, b)
			head := all[2]
			head[len(head)-8] ^= 1
			b.must(os.WriteFile(b.heads.Where(), bytes.Join(all, nil), 0o600))
		}, "A head outside over 10 events is not signed"},
		"a line spoiled": {func(t *testing.T, b *book) {
			all := lines(t, b)
			all[2][0] = '<'
			b.must(os.WriteFile(b.heads.Where(), bytes.Join(all, nil), 0o600))
		}, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			b := filled(t)
			c.change(t, b)
			b.fails(0, c.says)
			b.seal()
			b.fails(0, map[bool]string{true: c.says, false: ""}[name == "a line spoiled"])
		})
	}
}

func TestAStateDirectoryMayMove(t *testing.T) {
	b := filled(t)
	b.behind(func() {
		moved := filepath.Join(filepath.Dir(b.dir), "moved")
		b.must(os.Rename(b.dir, moved))
		b.dir = moved
	})
	b.seal()
	b.passes()

	second := &book{t: t, dir: filepath.Join(filepath.Dir(b.dir), "state"), outside: b.outside}
	second.must(os.MkdirAll(second.dir, 0o700))
	second.open()
	defer second.close()
	second.write(1)
	second.seal()
	second.passes()
	b.passes()
}

func TestVerifyRunsWhileEventsAreSealed(t *testing.T) {
	b := filled(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20 {
			b.write(3)
			b.seal()
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			b.passes()
		}
	}
	<-done
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	b := filled(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if report, err := ledger.Verify(ctx, b.store, b.heads); err == nil {
		t.Fatalf("got %+v", report)
	}
}

func TestSealRefusesToGoOnAfterAGap(t *testing.T) {
	b := filled(t)
	b.behind(func() { b.sql(`DELETE FROM events WHERE seq = 41`) })
	if head, err := b.sealer.Seal(t.Context()); err == nil || !strings.Contains(err.Error(), "event 41 is missing") {
		t.Fatalf("got %+v, %v", head, err)
	}
}

func TestProofsOfEventsHold(t *testing.T) {
	b := filled(t)
	key := verifier(t, b)
	for seq := int64(1); seq <= 40; seq++ {
		proof, err := ledger.Prove(t.Context(), b.store, seq)
		b.must(err)
		b.must(proof.Check(key))
		proof.Leaf[5] ^= 1
		if err := proof.Check(key); err == nil {
			t.Fatalf("a false proof of event %d holds", seq)
		}
	}
	for seq, want := range map[int64]gemba.Code{42: gemba.Conflict, 44: gemba.NotFound, 0: gemba.NotFound} {
		if _, err := ledger.Prove(t.Context(), b.store, seq); gemba.CodeOf(err) != want {
			t.Errorf("event %d: got %v", seq, err)
		}
	}
}
