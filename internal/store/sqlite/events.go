package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gemba"
	"gemba/internal/ledger"
)

// Append implements ledger.Store.
func (s *Store) Append(ctx context.Context, events ...gemba.Event) ([]gemba.Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	return s.change(ctx, "record events", events, func(*tx) error { return nil })
}

// append gives events their place in the ledger and stores their bytes. Every
// event of every chapter comes through here: seqs without gaps, times that
// never go back (a clock that was set back stands still instead). An event of a
// run that names no cause was caused by the run's event before it: a run does one
// thing after another.
func (t *tx) append(now time.Time, events []gemba.Event) ([]gemba.Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	last, err := t.lastEvent()
	if err != nil {
		return nil, err
	}
	appended := make([]gemba.Event, len(events))
	for i, event := range events {
		event.Seq = last.Seq + 1
		if event.Time.IsZero() {
			event.Time = now
		}
		if event.Time.Before(last.Time) {
			event.Time = last.Time
		}
		if event.Cause == 0 && event.Run != 0 {
			if event.Cause, err = t.lastOfRun(event.Run); err != nil {
				return nil, err
			}
		}
		if last, err = t.insert(event); err != nil {
			return nil, err
		}
		appended[i] = last
	}
	return appended, nil
}

// insert encodes an event, once, and returns it as it reads back.
func (t *tx) insert(event gemba.Event) (gemba.Event, error) {
	event, err := ledger.Normalize(event)
	if err != nil {
		return gemba.Event{}, err
	}
	leaf, err := ledger.Encode(event)
	if err != nil {
		return gemba.Event{}, err
	}
	return event, t.exec(`INSERT INTO events (seq, time, kind, subject, run, leaf) VALUES (?, ?, ?, ?, ?, ?)`,
		event.Seq, event.Time.UnixMicro(), event.Kind, event.Subject, event.Run, leaf)
}

// lastOfRun returns the seq of the newest event of a run; 0 without one.
func (t *tx) lastOfRun(run int64) (int64, error) {
	var seq int64
	err := t.get(`SELECT coalesce(max(seq), 0) FROM events WHERE run = ? AND run <> 0`, []any{run}, &seq)
	return seq, err
}

// lastEvent returns the seq and time of the newest event; zeros without one.
func (t *tx) lastEvent() (gemba.Event, error) {
	var seq, micros int64
	err := t.get(`SELECT seq, time FROM events ORDER BY seq DESC LIMIT 1`, nil, &seq, &micros)
	if err == sql.ErrNoRows {
		return gemba.Event{}, nil
	}
	return gemba.Event{Seq: seq, Time: time.UnixMicro(micros).UTC()}, err
}

// Newest returns the number of the newest event; 0 when there is none.
func (s *Store) Newest(ctx context.Context) (int64, error) { return s.lastSeq(ctx) }

func (s *Store) lastSeq(ctx context.Context) (int64, error) {
	var seq int64
	err := s.each(ctx, "read the ledger", `SELECT coalesce(max(seq), 0) FROM events`, nil,
		func(rows *sql.Rows) error { return rows.Scan(&seq) })
	return seq, err
}

// Events implements ledger.Store.
func (s *Store) Events(ctx context.Context, q ledger.Query) ([]gemba.Event, error) {
	var found []gemba.Event
	query, args := selectEvents(q)
	err := s.each(ctx, "read the ledger", query, args, func(rows *sql.Rows) error {
		var leaf []byte
		if err := rows.Scan(&leaf); err != nil {
			return err
		}
		event, err := ledger.Decode(leaf)
		found = append(found, event)
		return err
	})
	return found, err
}

// Leaves implements ledger.Store.
func (s *Store) Leaves(ctx context.Context, first int64, f func(seq int64, leaf []byte) error) error {
	return s.Rows(ctx, first, func(row ledger.Row) error { return f(row.Seq, row.Leaf) })
}

// rowsPerRead bounds the memory of a walk, and how long one snapshot is held:
// a long one would keep the WAL from being carried into the database.
const rowsPerRead = 500

// Rows implements ledger.HashStore.
func (s *Store) Rows(ctx context.Context, first int64, f func(ledger.Row) error) error {
	for {
		rows, err := s.someRows(ctx, first)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := f(row); err != nil {
				return err
			}
		}
		if len(rows) < rowsPerRead {
			return nil
		}
		first = rows[len(rows)-1].Seq + 1
	}
}

func (s *Store) someRows(ctx context.Context, first int64) ([]ledger.Row, error) {
	var found []ledger.Row
	query := `SELECT seq, time, kind, subject, run, leaf FROM events WHERE seq >= ? ORDER BY seq LIMIT ?`
	err := s.each(ctx, fmt.Sprintf("read the events from %d on", first), query, []any{first, rowsPerRead}, func(rows *sql.Rows) error {
		var row ledger.Row
		var micros int64
		err := rows.Scan(&row.Seq, &micros, &row.Kind, &row.Subject, &row.Run, &row.Leaf)
		row.Time = time.UnixMicro(micros).UTC()
		found = append(found, row)
		return err
	})
	return found, err
}
