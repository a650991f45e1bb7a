package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/ledger"
	"gemba/internal/pipeline"
)

// Down stops everything that runs here: runs, releases, the edge. State and data stay, and a later ship starts things again.
func (a *App) Down(ctx context.Context, actor string) (contract.Stopped, error) {
	var stopped contract.Stopped
	unfinished, err := a.store.Unfinished(ctx)
	if err != nil {
		return stopped, err
	}
	for _, run := range unfinished {
		if err := a.engine.Cancel(ctx, run.ID, actor); err != nil && gemba.CodeOf(err) != gemba.Conflict {
			return stopped, err
		}
	}
	placed, err := a.store.Placed(ctx)
	if err != nil {
		return stopped, err
	}
	var problems []error
	for _, p := range placed {
		if p.Stopped {
			continue
		}
		leave, err := a.places.enter(ctx, p.Environment, p.Service)
		if err != nil {
			return stopped, err
		}
		err = a.deployer.TakeDown(ctx, p, actor)
		leave()
		if err != nil {
			problems = append(problems, fmt.Errorf("taking down %s in %s: %w", p.Service, p.Environment, err))
			continue
		}
		stopped.Deployments = append(stopped.Deployments, gemba.Deployment{Environment: p.Environment, Service: p.Service, Release: p.Release.ID, Commit: p.Release.Commit, Stopped: true})
	}
	a.watch.soon()
	problems = append(problems, a.edge.stop(ctx))
	return stopped, errors.Join(problems...)
}

// What the faces read.

// Run returns one run.
func (a *App) Run(ctx context.Context, id int64) (gemba.Run, error) { return a.store.Run(ctx, id) }

// Runs returns the newest first.
func (a *App) Runs(ctx context.Context, service string, limit int) ([]gemba.Run, error) {
	return a.store.Runs(ctx, service, limit)
}

// TestResults returns the single results of a run's suites.
func (a *App) TestResults(ctx context.Context, run int64) ([]gemba.TestResult, error) {
	return a.store.TestResults(ctx, run)
}

// Events returns events of the ledger.
func (a *App) Events(ctx context.Context, q ledger.Query) ([]gemba.Event, error) {
	return a.store.Events(ctx, q)
}

// Cancel ends a run.
func (a *App) Cancel(ctx context.Context, actor string, id int64) error {
	return a.engine.Cancel(ctx, id, actor)
}

// Answer tells a run that asks how its step ended.
func (a *App) Answer(ctx context.Context, actor string, id int64, outcome string) error {
	switch answer := pipeline.Answer(outcome); answer {
	case pipeline.Done, pipeline.Again, pipeline.Failed:
		return a.engine.Answer(ctx, id, answer, actor)
	}
	return gemba.Fail(gemba.Invalid, fmt.Sprintf("%q is no answer", outcome), "a step was done, is to run again, or failed", "gemba answer RUN done|again|failed")
}

func decode(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("decoding what was kept: %w", err)
	}
	return nil
}
