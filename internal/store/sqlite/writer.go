package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"gemba"
)

// writer is the one connection that writes, with its prepared statements.
type writer struct {
	mu         sync.Mutex
	db         *sql.DB
	conn       *sql.Conn
	statements map[string]*sql.Stmt
}

func openWriter(ctx context.Context, dsn string) (*writer, error) {
	db, err := openDB(dsn, 1)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &writer{db: db, conn: conn, statements: make(map[string]*sql.Stmt)}, nil
}

func (w *writer) close() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for _, statement := range w.statements {
		errs = append(errs, statement.Close())
	}
	return errors.Join(append(errs, w.conn.Close(), w.db.Close())...)
}

// transact runs f in a transaction that holds the write lock from its start.
//
// A write takes well under a millisecond and is not given up halfway: ctx is
// asked before it begins. That also saves the driver a goroutine per statement.
func (w *writer) transact(ctx context.Context, f func(*tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t := &tx{ctx: context.WithoutCancel(ctx), writer: w}
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			// SQLite has rolled back by itself after some errors; then this one is of no interest.
			_ = t.exec("ROLLBACK")
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if err := t.exec("COMMIT"); err != nil {
		return err
	}
	committed = true
	return nil
}

// change runs f in a transaction, appends the events in the same one, and
// wakes those who wait for news. doing completes "cannot …" in errors.
func (s *Store) change(ctx context.Context, doing string, events []gemba.Event, f func(*tx) error) ([]gemba.Event, error) {
	var appended []gemba.Event
	err := s.writer.transact(ctx, func(t *tx) (err error) {
		if err := f(t); err != nil {
			return err
		}
		appended, err = t.append(s.now(), events)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, explain(s.path, err))
	}
	if len(appended) > 0 {
		s.changed.publish(appended[len(appended)-1].Seq)
	}
	return appended, nil
}

// tx is a transaction under way.
type tx struct {
	ctx    context.Context
	writer *writer
}

func (t *tx) prepare(query string) (*sql.Stmt, error) {
	if statement, ok := t.writer.statements[query]; ok {
		return statement, nil
	}
	statement, err := t.writer.conn.PrepareContext(t.ctx, query)
	if err != nil {
		return nil, err
	}
	t.writer.statements[query] = statement
	return statement, nil
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.update(query, args...)
	return err
}

// update is exec that returns the number of rows that changed.
func (t *tx) update(query string, args ...any) (int64, error) {
	statement, err := t.prepare(query)
	if err != nil {
		return 0, err
	}
	result, err := statement.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// get scans the first row; sql.ErrNoRows without one.
func (t *tx) get(query string, args []any, into ...any) error {
	statement, err := t.prepare(query)
	if err != nil {
		return err
	}
	return statement.QueryRowContext(t.ctx, args...).Scan(into...)
}
