package ledger_test

import (
	"context"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

func verifier(t *testing.T, b *book) note.Verifier {
	t.Helper()
	keys, err := b.heads.Keys(t.Context())
	b.must(err)
	key, err := note.NewVerifier(keys[0])
	b.must(err)
	return key
}

func TestRunSealsWhatIsNewAndTheRestAtTheEnd(t *testing.T) {
	b := newBook(t, folder(t))
	t.Cleanup(func() { b.close() })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.sealer.Run(ctx, b.store.Subscribe(ctx), func(err error) { t.Error(err) })
	}()
	b.write(5)
	eventually(t, func() bool { return b.verify().Unsealed() == 0 })
	b.write(5)
	cancel()
	<-done
	if report := b.passes(); report.Sealed != 10 {
		t.Fatalf("got %+v", report)
	}
}

func TestRunSealsAtMostOncePerInterval(t *testing.T) {
	b := newBook(t, folder(t))
	t.Cleanup(func() { b.close() })
	b.sealer.Interval = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.sealer.Run(ctx, b.store.Subscribe(ctx), func(err error) { t.Error(err) })
	}()
	for range 5 {
		b.write(1)
	}
	cancel()
	<-done
	if report := b.passes(); report.Heads != 1 || report.Sealed != 5 {
		t.Fatalf("got %+v", report)
	}
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
