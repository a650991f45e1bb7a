package prometheus

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"gemba/internal/monitor"
)

// Append implements monitor.Series.
func (s *Series) Append(ctx context.Context, at time.Time, samples []monitor.Sample) error {
	err := s.write(ctx, func(w storage.Appender) error {
		for _, sample := range samples {
			if _, err := w.Append(0, labelsOf(sample), at.UnixMilli(), sample.Value); err != nil {
				return fmt.Errorf("%s at %s: %w", sample.Name, at.UTC().Format(time.RFC3339Nano), err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep samples: %w", err)
	}
	return nil
}

// write keeps all that act appends, or none of it.
func (s *Series) write(ctx context.Context, act func(storage.Appender) error) error {
	if err := room(s.dir); err != nil {
		return err
	}
	w := s.db.Appender(ctx)
	if err := act(w); err != nil {
		_ = w.Rollback() // the first error is the one that counts
		return err
	}
	return w.Commit()
}

func labelsOf(sample monitor.Sample) labels.Labels {
	b := labels.NewBuilder(labels.FromMap(sample.Labels))
	b.Set(model.MetricNameLabel, sample.Name)
	return b.Labels()
}
