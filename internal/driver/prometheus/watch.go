package prometheus

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"gemba"
	"gemba/internal/monitor"
)

// memoKey names a summary.
type memoKey struct {
	monitor.Key
	since int64 // ms
}

// memo is a summary and the time of the last sample in it, in ms: the next
// question reads only what came after.
type memo struct {
	summary *monitor.Summary
	last    int64
}

// mostMemos bounds the summaries held at hand, about 10 KB each.
const mostMemos = 128

// Watch implements monitor.Series. The first question after a start reads all
// samples since the time given, later ones only those that are new.
func (s *Series) Watch(ctx context.Context, target monitor.Target, since, now time.Time) (gemba.Watch, error) {
	s.memosMu.Lock()
	defer s.memosMu.Unlock()
	m := s.memo(memoKey{target.Key(), since.UnixMilli()}, now)
	q, err := s.db.Querier(m.last+1, now.UnixMilli())
	if err != nil {
		return gemba.Watch{}, fmt.Errorf("read probes: %w", err)
	}
	defer q.Close()
	if err := m.read(ctx, q, target.Key()); err != nil {
		return gemba.Watch{}, fmt.Errorf("read probes: %w", err)
	}
	w := m.summary.Watch()
	w.Since = since
	w.Metrics, err = s.up(ctx, target.Key(), now)
	return w, err
}

// memo returns the summary to add to: a new one when none was made, or when
// it already holds probes later than now.
func (s *Series) memo(key memoKey, now time.Time) *memo {
	if m := s.memos[key]; m != nil && m.last <= now.UnixMilli() {
		return m
	}
	if len(s.memos) >= mostMemos {
		clear(s.memos)
	}
	m := &memo{summary: monitor.NewSummary(time.UnixMilli(key.since)), last: key.since - 1}
	s.memos[key] = m
	return m
}

// read takes in the probes that q finds, of a process that is asked and of one that is looked at.
func (m *memo) read(ctx context.Context, q storage.Querier, key monitor.Key) error {
	answers, err := samples(ctx, q, monitor.ProbeSuccess, key)
	if err != nil {
		return err
	}
	durations, err := samples(ctx, q, monitor.ProbeDuration, key)
	if err != nil {
		return err
	}
	alive, err := samples(ctx, q, monitor.ProcessUp, key)
	if err != nil {
		return err
	}
	for answers.next() {
		m.take(answers, durations.at(answers.time))
	}
	for alive.next() {
		m.take(alive, -1)
	}
	return firstError(answers, durations, alive)
}

func (m *memo) take(c *cursor, took time.Duration) {
	m.summary.Add(time.UnixMilli(c.time), c.value == 1, took)
	m.last = max(m.last, c.time)
}

// up reports whether the process's own metrics were read lately.
func (s *Series) up(ctx context.Context, key monitor.Key, now time.Time) (bool, error) {
	q, err := s.db.Querier(now.Add(-lookback).UnixMilli(), now.UnixMilli())
	if err != nil {
		return false, fmt.Errorf("read whether metrics are kept: %w", err)
	}
	defer q.Close()
	ups, err := samples(ctx, q, monitor.Up, key)
	if err != nil {
		return false, fmt.Errorf("read whether metrics are kept: %w", err)
	}
	last := false
	for ups.next() {
		last = ups.value == 1
	}
	return last && !ups.ended, firstError(ups)
}

// cursor goes through the values of one series.
type cursor struct {
	it    chunkenc.Iterator
	time  int64 // ms
	value float64
	ended bool // the latest value was the mark of an end
}

// samples finds the series of that name; a cursor over nothing when there is none.
func samples(ctx context.Context, q storage.Querier, name string, key monitor.Key) (*cursor, error) {
	found := q.Select(ctx, false, nil, matchers(name, key)...)
	c := &cursor{it: chunkenc.NewNopIterator(), time: -1}
	if found.Next() {
		c.it = found.At().Iterator(nil)
	}
	return c, found.Err()
}

func matchers(name string, key monitor.Key) []*labels.Matcher {
	all := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name)}
	for label, v := range key.Labels() {
		all = append(all, labels.MustNewMatcher(labels.MatchEqual, label, v))
	}
	return all
}

// next moves to the next value that is not the mark of an end.
func (c *cursor) next() bool {
	for c.it.Next() == chunkenc.ValFloat {
		c.time, c.value = c.it.At()
		if c.ended = value.IsStaleNaN(c.value); !c.ended {
			return true
		}
	}
	return false
}

// at moves to a time and returns the value there as a duration; -1 when there is none.
func (c *cursor) at(ms int64) time.Duration {
	for c.time < ms {
		if !c.next() {
			return -1
		}
	}
	if c.time != ms {
		return -1
	}
	return time.Duration(c.value * float64(time.Second))
}

func firstError(cursors ...*cursor) error {
	for _, c := range cursors {
		if err := c.it.Err(); err != nil {
			return err
		}
	}
	return nil
}
