package converge

import (
	"context"

	"gemba"
)

// Store keeps plans of hosts, and what is known of each host. Each method that changes something is one transaction with the
// events that tell of it.
type Store interface {
	// KeepPlan gives a plan its number and keeps it.
	KeepPlan(ctx context.Context, plan gemba.FleetPlan, events ...gemba.Event) (gemba.FleetPlan, error)
	// FleetPlan returns a plan, or a gemba.Error with NotFound.
	FleetPlan(ctx context.Context, id int64) (gemba.FleetPlan, error)
	// KeepHost keeps what is known of a host, in the place of what was known before.
	KeepHost(ctx context.Context, host gemba.HostState, events ...gemba.Event) error
	// Hosts returns what is known of every host, by environment and name.
	Hosts(ctx context.Context) ([]gemba.HostState, error)
}
