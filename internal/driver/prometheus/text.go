package prometheus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"

	"gemba/internal/monitor"
)

// sampleLimit is how many samples one text may have; each is a series, and a
// series costs about 1 KB of memory.
const sampleLimit = 10_000

// text is what is known of the texts of one target.
type text struct {
	mu   sync.Mutex
	live map[storage.SeriesRef]labels.Labels // the series of the latest one
}

// line is one sample of a text.
type line struct {
	labels labels.Labels
	value  float64
}

// AppendText implements monitor.Series. As in Prometheus, one malformed line
// fails the whole text: series that are only missing by accident would look
// as if they had ended. Timestamps in the text are not honoured; every sample
// is of the time when it was read.
func (s *Series) AppendText(ctx context.Context, at time.Time, body []byte, contentType string, with map[string]string) (int, error) {
	target := labels.FromMap(with)
	lines, err := parse(body, contentType, target)
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	t := s.textOf(target)
	t.mu.Lock()
	defer t.mu.Unlock()
	live := make(map[storage.SeriesRef]labels.Labels, len(lines))
	err = s.write(ctx, func(w storage.Appender) error {
		if err := appendLines(w, at, lines, live); err != nil {
			return err
		}
		return endMissing(w, at, t.live, live)
	})
	if err != nil {
		return 0, fmt.Errorf("keep metrics: %w", err)
	}
	t.live = live
	if len(live) == 0 {
		s.forget(target)
	}
	return len(live), nil
}

// textOf returns what is known of a target's texts.
func (s *Series) textOf(target labels.Labels) *text {
	s.textsMu.Lock()
	defer s.textsMu.Unlock()
	key := target.String()
	if s.texts[key] == nil {
		s.texts[key] = &text{}
	}
	return s.texts[key]
}

// forget drops what is known of a target that has no series: most likely it is gone.
func (s *Series) forget(target labels.Labels) {
	s.textsMu.Lock()
	defer s.textsMu.Unlock()
	delete(s.texts, target.String())
}

// appendLines appends the samples and notes their series in live. The first
// of two samples of one series counts; one that comes too late is left out.
func appendLines(w storage.Appender, at time.Time, lines []line, live map[storage.SeriesRef]labels.Labels) error {
	seen := make(map[uint64]bool, len(lines))
	for _, l := range lines {
		if hash := l.labels.Hash(); seen[hash] {
			continue
		} else {
			seen[hash] = true
		}
		ref, err := w.Append(0, l.labels, at.UnixMilli(), l.value)
		if late(err) {
			continue
		}
		if err != nil {
			return err
		}
		live[ref] = l.labels
	}
	return nil
}

// endMissing ends the series of the text before that this one lacks.
func endMissing(w storage.Appender, at time.Time, before, now map[storage.SeriesRef]labels.Labels) error {
	for ref, lset := range before {
		if _, still := now[ref]; still {
			continue
		}
		if _, err := w.Append(ref, lset, at.UnixMilli(), monitor.Ended()); err != nil && !late(err) {
			return err
		}
	}
	return nil
}

func late(err error) bool {
	return errors.Is(err, storage.ErrOutOfOrderSample) ||
		errors.Is(err, storage.ErrDuplicateSampleForTimestamp) ||
		errors.Is(err, storage.ErrOutOfBounds)
}

// parse reads a text whole.
func parse(body []byte, contentType string, target labels.Labels) ([]line, error) {
	if len(body) == 0 {
		return nil, nil
	}
	parser, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if parser == nil {
		return nil, err
	}
	var lines []line
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		l, err := lineOf(parser, target)
		if err != nil {
			return nil, err
		}
		if monitor.Reserved(l.labels.Get(model.MetricNameLabel)) {
			continue
		}
		if lines = append(lines, l); len(lines) > sampleLimit {
			return nil, fmt.Errorf("more than %d samples", sampleLimit)
		}
	}
}

func lineOf(parser textparse.Parser, target labels.Labels) (line, error) {
	_, _, v := parser.Series()
	var lset labels.Labels
	parser.Labels(&lset)
	if !lset.Has(model.MetricNameLabel) {
		return line{}, errors.New("a sample without a name")
	}
	if !lset.IsValid(model.UTF8Validation) {
		return line{}, fmt.Errorf("%s is not a name with labels", lset)
	}
	if value.IsStaleNaN(v) {
		v = math.NaN() // only we say when a series ends
	}
	return line{join(lset, target), v}, nil
}

// join adds the target's labels; one that the process uses itself is renamed
// to "exported_" and its name.
func join(exposed, target labels.Labels) labels.Labels {
	b := labels.NewBuilder(exposed)
	target.Range(func(l labels.Label) { b.Set(l.Name, l.Value) })
	target.Range(func(l labels.Label) {
		if own := exposed.Get(l.Name); own != "" {
			b.Set(freeName(b, l.Name), own)
		}
	})
	return b.Labels()
}

func freeName(b *labels.Builder, name string) string {
	for {
		name = "exported_" + name
		if b.Get(name) == "" {
			return name
		}
	}
}
