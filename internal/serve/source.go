package serve

import (
	"context"
	"slices"

	"gemba"
	"gemba/internal/app"
	"gemba/internal/ledger"
	"gemba/internal/web"
)

// source is the app as the dashboard reads it; what both call the same is the app's.
type source struct{ *app.App }

var _ web.Source = (*source)(nil)

// Log implements web.Source.
func (s *source) Log(ctx context.Context, run int64, step, after int) ([]gemba.LogLine, error) {
	return s.StepLog(ctx, run, step, after)
}

// Events implements web.Source: newest first.
func (s *source) Events(ctx context.Context, after, before int64, limit int, run int64, subject string) ([]gemba.Event, error) {
	events, err := s.App.Events(ctx, ledger.Query{After: after, Before: before, Limit: limit, Run: run, Subject: subject, Newest: true})
	slices.Reverse(events)
	return events, err
}

// Ledger implements web.Source.
func (s *source) Ledger(ctx context.Context) (web.LedgerState, error) {
	state, err := s.LedgerState(ctx)
	return web.LedgerState{Size: state.Events, Sealed: state.Sealed, Sound: state.OK, Sentences: append(state.Problems, state.Notes...)}, err
}

// Changes implements web.Source.
func (s *source) Changes(ctx context.Context) <-chan struct{} {
	changes := make(chan struct{}, 1)
	go func() {
		defer close(changes)
		for range s.Subscribe(ctx) {
			select {
			case changes <- struct{}{}:
			default:
			}
		}
	}()
	return changes
}
