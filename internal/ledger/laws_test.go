package ledger_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/ledger"
)

func TestAnyAppendsAndSealsVerifyAndAnyByteChangedDoesNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store, witness := &memoryStore{}, &memoryWitness{}
		sealer := &ledger.Sealer{Store: store, Heads: witness, Keys: witness, Now: time.Now, Rand: rand.Reader}
		sealed := int64(0)
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 9), 1, 12).Draw(t, "steps") {
			for i := range n {
				must(t, store.append(gemba.Event{Actor: "ana", Kind: "run.accepted", Subject: "service/guestbook", Run: int64(i)}))
			}
			if n > 0 {
				continue
			}
			head, err := sealer.Seal(context.Background())
			must(t, err)
			sealed = max(sealed, head.Size)
		}
		report, err := ledger.Verify(context.Background(), store, witness)
		must(t, err)
		if !report.OK() || report.Events != int64(len(store.rows)) || report.Sealed != sealed {
			t.Fatalf("%d events, %d sealed: %+v", len(store.rows), sealed, report)
		}
		if sealed == 0 {
			return
		}
		leaf := store.rows[rapid.Int64Range(0, sealed-1).Draw(t, "event")].Leaf
		leaf[rapid.IntRange(0, len(leaf)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		report, err = ledger.Verify(context.Background(), store, witness)
		must(t, err)
		if report.OK() || report.Sealed >= sealed {
			t.Fatalf("a changed byte was not found: %+v", report)
		}
	})
}

func must(t check, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func TestEncodingIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := gemba.Event{
			Seq: rapid.Int64().Draw(t, "seq"), Time: time.UnixMicro(rapid.Int64Range(-6e16, 2e17).Draw(t, "time")),
			Actor: rapid.String().Draw(t, "actor"), Kind: rapid.String().Draw(t, "kind"), Subject: rapid.String().Draw(t, "subject"),
			Run: rapid.Int64().Draw(t, "run"), Cause: rapid.Int64().Draw(t, "cause"),
		}
		e.Data, _ = json.Marshal(rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "data"))
		roundTrip(t, e)
	})
}

func FuzzEncodedEventsDecodeToThemselves(f *testing.F) {
	f.Add(int64(1), int64(0), "uid:1000(ana)", "run.accepted", "service/guestbook", int64(1), int64(2), []byte(`{"a": "<\u2028>"}`))
	f.Add(int64(-1), int64(-62135596800000001), "\xff", "\x00", "\u2028", int64(0), int64(0), []byte(" null "))
	f.Add(int64(0), int64(1<<60), "", "", "", int64(0), int64(0), []byte("\"\xff\""))
	f.Fuzz(func(t *testing.T, seq, micros int64, actor, kind, subject string, run, cause int64, data []byte) {
		e := gemba.Event{Seq: seq, Time: time.UnixMicro(micros), Actor: actor, Kind: kind, Subject: subject, Run: run, Cause: cause, Data: data}
		if _, err := ledger.Encode(e); err != nil {
			return // refused: data that is no JSON, a year that cannot be written
		}
		roundTrip(t, e)
	})
}

func FuzzDecodedBytesAreCanonical(f *testing.F) {
	f.Add([]byte(`{"seq":1,"time":"2026-03-04T05:06:07Z","actor":"gemba","kind":"k","subject":"s"}`))
	f.Add([]byte(`{"SEQ":1}`))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		e, err := ledger.Decode(leaf)
		if err != nil {
			return
		}
		again, err := ledger.Encode(e)
		if err != nil || string(again) != string(leaf) {
			t.Fatalf("%q decodes, and encodes to %q, %v", leaf, again, err)
		}
	})
}

// roundTrip holds the laws of the encoding for an event that can be encoded.
func roundTrip(t check, e gemba.Event) {
	t.Helper()
	normal, err := ledger.Normalize(e)
	if err != nil {
		t.Fatalf("%v", err)
	}
	leaf, err := ledger.Encode(e)
	if err != nil {
		t.Fatalf("%v", err)
	}
	decoded, err := ledger.Decode(leaf)
	if err != nil {
		t.Fatalf("%v: %s", err, leaf)
	}
	if fmt.Sprintf("%#v", decoded) != fmt.Sprintf("%#v", normal) {
		t.Fatalf("decoded %#v\nnormal  %#v", decoded, normal)
	}
	again, err := ledger.Encode(decoded)
	if err != nil || string(again) != string(leaf) {
		t.Fatalf("encoded %s\nagain   %s, %v", leaf, again, err)
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	for name, e := range map[string]gemba.Event{
		"data that is no JSON": {Data: []byte("{")},
		"a year too late":      {Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"a year before Christ": {Time: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if leaf, err := ledger.Encode(e); err == nil {
			t.Errorf("%s: encoded %s", name, leaf)
		}
	}
}
