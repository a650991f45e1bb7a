package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"gemba"
)

// Ledger implements ledger.HashStore.
func (s *Store) Ledger(ctx context.Context) (string, error) {
	var id string
	err := s.each(ctx, "read the ledger's identity", `SELECT id FROM ledger`, nil, func(rows *sql.Rows) error { return rows.Scan(&id) })
	return id, err
}

// Sealed implements ledger.HashStore.
func (s *Store) Sealed(ctx context.Context) (int64, error) {
	var size int64
	err := s.each(ctx, "read the newest head", `SELECT coalesce(max(size), 0) FROM tree_heads`, nil,
		func(rows *sql.Rows) error { return rows.Scan(&size) })
	return size, err
}

// Heads implements ledger.HashStore.
func (s *Store) Heads(ctx context.Context) ([][]byte, error) {
	var heads [][]byte
	err := s.each(ctx, "read the heads", `SELECT head FROM tree_heads ORDER BY size`, nil, func(rows *sql.Rows) error {
		var head []byte
		err := rows.Scan(&head)
		heads = append(heads, head)
		return err
	})
	return heads, err
}

// Hashes implements ledger.HashStore.
func (s *Store) Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	wanted, err := json.Marshal(indexes)
	if err != nil {
		return nil, err
	}
	hashes := make([]tlog.Hash, 0, len(indexes))
	query := `SELECT hash FROM json_each(?) LEFT JOIN tree_hashes ON idx = value ORDER BY json_each.key`
	err = s.each(ctx, "read the tree", query, []any{string(wanted)}, func(rows *sql.Rows) error {
		var hash []byte
		if err := rows.Scan(&hash); err != nil {
			return err
		}
		if len(hash) != tlog.HashSize {
			return gemba.Fail(gemba.NotFound, fmt.Sprintf("hash %d of the tree is missing", indexes[len(hashes)]), "", "gemba ledger verify")
		}
		hashes = append(hashes, tlog.Hash(hash))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return hashes, nil
}

// AppendHead implements ledger.HashStore.
func (s *Store) AppendHead(ctx context.Context, size int64, head []byte, first int64, hashes []tlog.Hash) error {
	_, err := s.change(ctx, "keep a head", nil, func(t *tx) error {
		for i := range hashes {
			if err := t.exec(`INSERT INTO tree_hashes (idx, hash) VALUES (?, ?)`, first+int64(i), hashes[i][:]); err != nil {
				return err
			}
		}
		return t.exec(`INSERT INTO tree_heads (size, head) VALUES (?, ?)`, size, head)
	})
	return err
}
