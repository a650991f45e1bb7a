package pipeline

import (
	"context"

	"gemba"
)

// Store keeps runs and steps. Each method is one transaction: the state and
// the events that tell of it become durable together, or neither does.
type Store interface {
	// Create gives a run its ID and keeps it and its steps.
	Create(ctx context.Context, run gemba.Run, plan []byte, events ...gemba.Event) (gemba.Run, error)
	// Save keeps the run's own fields and those of the steps given.
	Save(ctx context.Context, run gemba.Run, steps []gemba.Step, events ...gemba.Event) error
	// Run returns a run with its steps, or a gemba.Error with NotFound.
	Run(ctx context.Context, id int64) (gemba.Run, error)
	// Plan returns what Create was given: the declaration as it was when the run was accepted.
	Plan(ctx context.Context, id int64) ([]byte, error)
	// Runs returns the newest runs first, with their steps; service "" is any.
	Runs(ctx context.Context, service string, limit int) ([]gemba.Run, error)
	// Unfinished returns the runs that are not over, oldest first, with their steps.
	Unfinished(ctx context.Context) ([]gemba.Run, error)
}
