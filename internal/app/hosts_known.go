package app

import (
	"context"
	"time"

	"gemba"
	"gemba/internal/api/contract"
)

// keep remembers what was found on a host and done to it, and tells the ledger what is new of that.
func (w *hostWork) keep(ctx context.Context, target gemba.Target, observed gemba.HostPlan, result gemba.HostResult) {
	ctx = context.WithoutCancel(ctx)
	before, err := w.known(ctx, target)
	if err != nil {
		w.log.Error("what is known of hosts could not be read", "error", err)
		return
	}
	now := w.learned(before, target, observed, result)
	if err := w.store.KeepHost(ctx, now, w.news(before, now, observed, result)...); err != nil {
		w.log.Error("what became of a host could not be kept", "host", target.Host.Name, "error", err)
	}
}

func (w *hostWork) known(ctx context.Context, target gemba.Target) (gemba.HostState, error) {
	all, err := w.store.Hosts(ctx)
	for _, known := range all {
		if known.Target.Environment == target.Environment && known.Target.Host.Name == target.Host.Name {
			return known, nil
		}
	}
	return gemba.HostState{Target: target}, err
}

// learned is what is known of a host after it was looked at.
func (w *hostWork) learned(state gemba.HostState, target gemba.Target, observed gemba.HostPlan, result gemba.HostResult) gemba.HostState {
	state.Target, state.Error = target, observed.Error
	if observed.Observed.IsZero() {
		return state
	}
	differed := len(state.Changes) > 0
	state.Observed, state.Changes = observed.Observed, observed.Changes
	if w.ask.Apply && result.Good() {
		state.Applied, state.Commit, state.Changes = w.now().UTC(), w.plan.Commit.Hash, nil
	}
	switch {
	case len(state.Changes) == 0:
		state.Since = time.Time{}
	case !differed:
		state.Since = observed.Observed
	}
	return state
}

// news are the events that tell what is new of a host: it was applied; it drifted from what had been applied, or is as
// declared again; it does not answer, or answers again.
func (w *hostWork) news(before, now gemba.HostState, observed gemba.HostPlan, result gemba.HostResult) []gemba.Event {
	var events []gemba.Event
	tell := func(kind string, data map[string]any) {
		data["environment"], data["profile"] = now.Target.Environment, now.Target.Profile
		events = append(events, fact(w.actor, kind, "host/"+now.Target.Host.Name, 0, data))
	}
	if w.ask.Apply {
		tell("host.applied", map[string]any{"commit": w.plan.Commit.Hash, "plan": w.ask.Plan, "reason": w.ask.Reason, "changes": changed(observed.Changes), "result": result})
	}
	switch {
	case before.Error == "" && now.Error != "":
		tell("host.lost", map[string]any{"why": now.Error})
	case before.Error != "" && now.Error == "":
		tell("host.answered", map[string]any{})
	}
	if w.ask.Apply || before.Applied.IsZero() {
		return events // what was never applied has not drifted
	}
	switch {
	case len(before.Changes) == 0 && len(now.Changes) > 0:
		tell("host.drifted", map[string]any{"changes": changed(now.Changes)})
	case len(before.Changes) > 0 && len(now.Changes) == 0:
		tell("host.returned", map[string]any{})
	}
	return events
}

// changed names what differs, without what it says.
func changed(changes []gemba.Change) []string {
	var names []string
	for _, c := range changes {
		names = append(names, string(c.Action)+" "+c.Resource)
	}
	return names
}

// driftEvery is how often the server looks at hosts by itself.
const driftEvery = 30 * time.Minute

// watchHosts looks, again and again, at the hosts of every accepted declaration. It changes nothing.
func (a *App) watchHosts(ctx context.Context) {
	every := a.options.DriftEvery
	if every == 0 {
		every = driftEvery
	}
	for tick := time.NewTicker(every); ; {
		select {
		case <-tick.C:
			a.lookAtHosts(ctx)
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

func (a *App) lookAtHosts(ctx context.Context) {
	declarations, err := a.store.AcceptedDeclarations(ctx)
	if err != nil {
		a.log.Error("the accepted declarations could not be read", "error", err)
		return
	}
	for _, d := range declarations {
		if !d.Hosts || ctx.Err() != nil {
			continue
		}
		ask := contract.Converge{Dir: d.Scope, Revision: d.Commit, Drift: true}
		if err := a.Converge(ctx, "gemba", ask, func(gemba.HostFrame) error { return nil }); err != nil && ctx.Err() == nil {
			a.log.Warn("hosts could not be looked at", "scope", d.Scope, "error", err)
		}
	}
}
