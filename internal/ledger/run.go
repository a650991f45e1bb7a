package ledger

import (
	"context"
	"time"
)

// Run seals whenever the store has something new, at most once per Interval,
// until ctx ends; then it seals what is left. wake carries the latest seq
// after each commit (see the store's Subscribe); a closed one ends Run too.
//
// A seal that fails is tried again at the next wake and reported to failed:
// the events are safe, they only wait longer for their proof.
func (s *Sealer) Run(ctx context.Context, wake <-chan int64, failed func(error)) {
	interval := s.Interval
	if interval == 0 {
		interval = time.Second
	}
	seal := func() {
		if _, err := s.Seal(context.WithoutCancel(ctx)); err != nil {
			failed(err)
		}
	}
	for waitFor(ctx, wake) {
		// Whatever happens in this while goes under the same head.
		pause(ctx, interval)
		seal()
	}
	seal()
}

// waitFor reports whether there is something new; false at the end.
func waitFor(ctx context.Context, wake <-chan int64) bool {
	select {
	case <-ctx.Done():
		return false
	case _, open := <-wake:
		return open
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
