// Package prometheus keeps samples with Prometheus' own storage engine, and
// answers for them with its query language, both as libraries.
package prometheus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"

	"gemba"
	"gemba/internal/monitor"
)

// Series is a monitor.Series in a directory of its own. One process at a
// time may have it open.
type Series struct {
	dir    string
	log    *slog.Logger
	db     *tsdb.DB
	engine *promql.Engine

	stop     context.CancelFunc
	keeping  sync.WaitGroup
	textsMu  sync.Mutex
	texts    map[string]*text // by the labels of their target
	memosMu  sync.Mutex
	memos    map[memoKey]*memo
	closing  sync.Once
	closeErr error
}

var _ monitor.Series = (*Series)(nil)

// Open opens the series kept in dir, which it makes when it is missing. What a
// crash or a bad disk damaged is mended or put aside, and log is told what was
// lost. A directory that another process has open is a gemba.Error with
// Conflict; one without room to write is one with Unavailable.
func Open(dir string, log *slog.Logger) (*Series, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of metrics: %w", err)
	}
	if err := room(dir); err != nil {
		return nil, err
	}
	db, err := openMended(dir, log)
	if err != nil {
		return nil, explain(dir, err)
	}
	s := &Series{
		dir: dir, log: log, db: db, engine: newEngine(),
		texts: map[string]*text{}, memos: map[memoKey]*memo{},
	}
	s.keepMapping()
	return s, nil
}

// Close writes what is in memory and lets the directory go.
func (s *Series) Close() error {
	s.closing.Do(func() {
		s.stop()
		s.keeping.Wait()
		s.closeErr = caught(s.db.Close)
	})
	return s.closeErr
}

// openMended opens the engine without the blocks that it could not read, and
// says what its log lost. (An engine that fails over a block leaves goroutines
// and files behind, so the blocks are tried first.)
func openMended(dir string, log *slog.Logger) (*tsdb.DB, error) {
	putAside(dir, log)
	registry := client.NewRegistry()
	db, err := tsdb.Open(dir, slog.New(atLeast{log.Handler(), slog.LevelWarn}), registry, small(), nil)
	if err == nil && corruptions(registry) > 0 {
		log.Warn("the log of the latest metrics was damaged and has been mended; samples behind the damage are lost", "dir", dir)
	}
	return db, err
}

// explain says what a person can do about a directory that does not open.
func explain(dir string, err error) error {
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return &gemba.Error{
			Code: gemba.Conflict, What: "the metrics in " + dir + " are open in another process",
			Why: "one server at a time may keep them", Try: "stop the other server: gemba down", Err: err,
		}
	}
	return fmt.Errorf("open the metrics in %s: %w", dir, err)
}

// retention is how long samples are kept, and how much of a disk blocks may take.
const (
	retention     = 15 * 24 * time.Hour
	retentionSize = 512 << 20
)
