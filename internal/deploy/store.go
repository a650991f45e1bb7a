package deploy

import (
	"context"
	"time"

	"gemba"
)

// Store keeps releases and where they are placed. Each method that changes something is one
// transaction with the events that tell of it.
type Store interface {
	// KeepRelease keeps a release; keeping the same again changes nothing but its newest commit.
	KeepRelease(ctx context.Context, release gemba.Release, events ...gemba.Event) error
	// Release returns a release by its whole identity or an unambiguous prefix, or a gemba.Error with NotFound.
	Release(ctx context.Context, environment, service, id string) (gemba.Release, error)
	// Releases returns those that were ever placed in an environment, latest placement first.
	Releases(ctx context.Context, environment, service string, limit int) ([]Placement, error)
	// History returns every placement of a service in an environment, latest first.
	History(ctx context.Context, environment, service string, limit int) ([]Placement, error)
	// Place records what now runs in an environment.
	Place(ctx context.Context, placement Placement, events ...gemba.Event) error
	// Placed returns what was placed last, per environment and service.
	Placed(ctx context.Context) ([]Placement, error)
	// Port returns the loopback port that an environment's service keeps, choosing with choose the first time.
	Port(ctx context.Context, environment, service string, choose func(taken map[int]bool) (int, error)) (int, error)
}

// Placement is a release in its environment, with what runs of it.
type Placement struct {
	Environment string            `json:"environment"`
	Service     string            `json:"service"`
	Release     gemba.Release     `json:"release"`
	Run         int64             `json:"run,omitempty"`
	Back        bool              `json:"back,omitempty"` // it had been placed before, and was returned to
	Since       time.Time         `json:"since"`
	Tasks       map[string]Placed `json:"tasks"`             // by process name
	Stopped     bool              `json:"stopped,omitempty"` // taken down on purpose; a start of the server leaves it so
	Event       int64             `json:"event,omitempty"`   // of the ledger, that tells of it; the store gives it
}

// Placed is one process of a placement.
type Placed struct {
	Supervisor string `json:"supervisor,omitempty"` // the ID of its wire.Spec
	Port       int    `json:"port,omitempty"`
}
