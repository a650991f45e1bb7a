// Package sqlite keeps the state of one Gemba server in a SQLite database:
// runs, releases, artifacts, and the ledger with its tree.
//
// A change of state and the events that tell of it are one transaction, and
// one transaction is one fsync (WAL, synchronous=FULL): what a method
// returned from survives the power being cut.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // registers the driver
)

// Store implements the store ports of pipeline, deploy, build and ledger. Its
// methods may be called at the same time: one writes, several read.
type Store struct {
	path    string
	now     func() time.Time
	writer  *writer
	readers *readers
	changed *broadcast
	closing sync.Once
}

// Option changes how a store is opened.
type Option func(*Store)

// WithClock sets the clock that stamps events without a time; the default is time.Now.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.now = now } }

const (
	busyTimeout = "busy_timeout(10000)" // ms; another process may be making a backup
	readerCount = 4
)

// Open opens the database at path, makes it when there is none (the directory
// must exist), and brings its schema up to date. Errors are of gemba: Newer for
// a database of a newer Gemba, Forbidden without permission, NotFound without a
// directory, Invalid for a file that is no database of Gemba's, Unavailable when
// the disk is full or the database damaged.
func Open(ctx context.Context, path string, options ...Option) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the state: %w", err)
	}
	s := &Store{path: path, now: time.Now, changed: newBroadcast()}
	for _, option := range options {
		option(s)
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(explain(path, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	if err := touch(s.path); err != nil {
		return err
	}
	write := dsn(s.path, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)")
	if s.writer, err = openWriter(ctx, write); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if s.readers, err = openReaders(dsn(s.path, "query_only(1)")); err != nil {
		return err
	}
	seq, err := s.lastSeq(ctx)
	s.changed.publish(seq)
	return err
}

// Close ends subscriptions and closes the database. Closing again does nothing.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		s.changed.close()
		// The writer last: the last connection to close carries the WAL into the database.
		err = errors.Join(s.readers.close(), s.writer.close())
	})
	return err
}

// Subscribe returns a channel that at once and then after each commit with events carries the latest seq, and
// carries it once more after a change of what is known of a host. A slow reader misses numbers, never the
// latest one. The channel is closed when ctx ends or the store is closed.
func (s *Store) Subscribe(ctx context.Context) <-chan int64 { return s.changed.subscribe(ctx) }

// dsn names the database for the driver, with pragmas for every connection.
func dsn(path string, pragmas ...string) string {
	query := url.Values{"_txlock": {"immediate"}, "_dqs": {"0"}, "_pragma": append([]string{busyTimeout}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

func openDB(dsn string, connections int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}
