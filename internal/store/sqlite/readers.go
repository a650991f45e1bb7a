package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// readers are the connections that read, each on a snapshot of its own.
type readers struct {
	db         *sql.DB
	mu         sync.Mutex
	statements map[string]*sql.Stmt
}

func openReaders(dsn string) (*readers, error) {
	db, err := openDB(dsn, readerCount)
	if err != nil {
		return nil, err
	}
	return &readers{db: db, statements: make(map[string]*sql.Stmt)}, nil
}

func (r *readers) close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, statement := range r.statements {
		errs = append(errs, statement.Close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}

func (r *readers) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if statement, ok := r.statements[query]; ok {
		return statement, nil
	}
	statement, err := r.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	r.statements[query] = statement
	return statement, nil
}

// each calls f for every row of a query. doing completes "cannot …" in errors.
func (s *Store) each(ctx context.Context, doing, query string, args []any, f func(*sql.Rows) error) error {
	if err := s.readers.each(ctx, query, args, f); err != nil {
		return fmt.Errorf("%s: %w", doing, explain(s.path, err))
	}
	return nil
}

func (r *readers) each(ctx context.Context, query string, args []any, f func(*sql.Rows) error) error {
	statement, err := r.prepare(ctx, query)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// bodies reads nouns from a query whose one column is their JSON.
func bodies[T any](ctx context.Context, s *Store, doing, query string, args ...any) ([]T, error) {
	var found []T
	err := s.each(ctx, doing, query, args, func(rows *sql.Rows) error {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return err
		}
		var noun T
		if err := json.Unmarshal(body, &noun); err != nil {
			return err
		}
		found = append(found, noun)
		return nil
	})
	return found, err
}

// body reads the first noun of such a query, or fails with missing.
func body[T any](ctx context.Context, s *Store, missing error, doing, query string, args ...any) (T, error) {
	found, err := bodies[T](ctx, s, doing, query, args...)
	if err == nil && len(found) == 0 {
		err = missing
	}
	if err != nil {
		var none T
		return none, err
	}
	return found[0], nil
}

// atMost is a LIMIT: 0 or less is none.
func atMost(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}

// toJSON is for nouns, whose encoding cannot fail but for their raw parts.
func toJSON(noun any) (string, error) {
	encoded, err := json.Marshal(noun)
	return string(encoded), err
}
