package ledger_test

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"gemba"
	"gemba/internal/ledger"
)

// memoryStore is a whole ledger.HashStore in memory, for laws that are tried a hundred times.
type memoryStore struct {
	rows   []ledger.Row
	sizes  []int64
	heads  [][]byte
	hashes []tlog.Hash
}

func (m *memoryStore) append(e gemba.Event) error {
	e.Seq, e.Time = int64(len(m.rows)+1), time.UnixMicro(int64(len(m.rows))).UTC()
	leaf, err := ledger.Encode(e)
	m.rows = append(m.rows, ledger.Row{Seq: e.Seq, Time: e.Time, Kind: e.Kind, Subject: e.Subject, Run: e.Run, Leaf: leaf})
	return err
}

func (m *memoryStore) Ledger(context.Context) (string, error) { return "memory", nil }

func (m *memoryStore) Rows(_ context.Context, first int64, f func(ledger.Row) error) error {
	for _, row := range m.rows[max(first, 1)-1:] {
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

func (m *memoryStore) Leaves(ctx context.Context, first int64, f func(int64, []byte) error) error {
	return m.Rows(ctx, first, func(row ledger.Row) error { return f(row.Seq, row.Leaf) })
}

func (m *memoryStore) Sealed(context.Context) (int64, error) {
	if len(m.sizes) == 0 {
		return 0, nil
	}
	return m.sizes[len(m.sizes)-1], nil
}

func (m *memoryStore) Hashes(_ context.Context, indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		if index >= int64(len(m.hashes)) {
			return nil, gemba.Fail(gemba.NotFound, fmt.Sprintf("hash %d is missing", index), "", "")
		}
		found = append(found, m.hashes[index])
	}
	return found, nil
}

func (m *memoryStore) AppendHead(_ context.Context, size int64, head []byte, first int64, hashes []tlog.Hash) error {
	if first != int64(len(m.hashes)) {
		return fmt.Errorf("hashes from %d on do not follow %d", first, len(m.hashes))
	}
	m.sizes, m.heads, m.hashes = append(m.sizes, size), append(m.heads, head), append(m.hashes, hashes...)
	return nil
}

func (m *memoryStore) Heads(context.Context) ([][]byte, error) { return m.heads, nil }

// memoryWitness keeps heads and keys in memory.
type memoryWitness struct {
	heads  [][]byte
	keys   []string
	secret string
}

func (w *memoryWitness) Append(_ context.Context, head []byte) error {
	w.heads = append(w.heads, head)
	return nil
}
func (w *memoryWitness) All(context.Context) ([][]byte, error) { return w.heads, nil }
func (w *memoryWitness) KeepKey(_ context.Context, key string) error {
	w.keys = append(w.keys, key)
	return nil
}
func (w *memoryWitness) Keys(context.Context) ([]string, error)   { return w.keys, nil }
func (w *memoryWitness) Others(context.Context) ([]string, error) { return nil, nil }
func (w *memoryWitness) Where() string                            { return "memory" }

func (w *memoryWitness) Load(context.Context) (string, error) { return w.secret, nil }
func (w *memoryWitness) Save(_ context.Context, key string) error {
	w.secret = key
	return nil
}
