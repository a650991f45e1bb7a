// Package converge brings a host to what is declared of it: plan, apply,
// verify. Plan and apply are one function, which stops before the first change when it only plans.
package converge

import (
	"context"
	"time"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/wire"
)

// Engine converges one host. It runs there, inside the worker.
type Engine struct {
	Kinds  map[string]resource.Kind
	System resource.System
	Bodies Bodies
	Notes  Notes
	Now    func() time.Time
	Tell   func(wire.News) // called by one goroutine at a time
	Width  int             // resources at the same time
	// Before is called once before the first change; its error keeps everything as it is. Nil: nothing is.
	Before func(plan gemba.HostPlan) error
}

// Bodies are the texts that an order names by their digests.
type Bodies interface {
	// Fetch makes sure that they are at hand, asking once for all that are not.
	Fetch(ctx context.Context, digests []gemba.Digest) error
}

// Notes remember on the host, durably, who has yet to be told that something changed: a crash between
// a change and a restart is then seen as a difference, and made good.
type Notes interface {
	// Put remembers that a resource has to be told of the change of another one.
	Put(told, because string) error
	// Drop forgets it: it was told.
	Drop(told string) error
	// All returns who has to be told, and because of what.
	All() (map[string]string, error)
}

// Run carries out an order. What it finds and does is told as it happens; the error is for what kept it from beginning.
func (e *Engine) Run(ctx context.Context, order wire.Order) (gemba.HostResult, error) {
	began := e.Now()
	g, err := newGraph(e.Kinds, order.Items)
	if err != nil {
		return gemba.HostResult{}, err
	}
	notes, err := e.Notes.All()
	if err != nil {
		return gemba.HostResult{}, err
	}
	if err := e.observeAll(ctx, g); err != nil {
		return gemba.HostResult{}, err
	}
	e.foresee(ctx, g)
	plan, err := e.plan(ctx, g, order, notes)
	if err != nil {
		return gemba.HostResult{}, err
	}
	plan.Took = gemba.Duration(e.Now().Sub(began))
	e.Tell(wire.News{Plan: &plan})
	result := gemba.HostResult{Unchanged: plan.Unchanged, Differs: differs(order, plan)}
	if order.Apply && len(result.Differs) == 0 {
		if e.Before != nil {
			if err := e.Before(plan); err != nil {
				return result, err
			}
		}
		result = e.apply(ctx, g, order, plan)
	}
	result.Seconds = e.Now().Sub(began).Seconds()
	return result, nil
}

// differs names what a saved plan is bound to and is not so any more.
func differs(order wire.Order, plan gemba.HostPlan) []string {
	if order.Bound == nil {
		return nil
	}
	var names []string
	found := map[string]bool{}
	for _, c := range plan.Changes {
		found[c.Resource] = true
		if bound, planned := order.Bound[c.Resource]; c.May == "" && (!planned || bound != c.State) {
			names = append(names, c.Resource)
		}
	}
	for address := range order.Bound {
		if !found[address] {
			names = append(names, address)
		}
	}
	return names
}
