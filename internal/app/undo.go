package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/converge"
	"gemba/internal/wire"
)

// Undo puts back, on every host that a plan was applied to, the files that the apply replaced or removed.
func (a *App) Undo(ctx context.Context, actor string, ask contract.Undo, send func(gemba.HostFrame) error) error {
	plan, err := a.store.FleetPlan(ctx, ask.Plan)
	if err != nil {
		return err
	}
	targets, err := undoTargets(plan, ask.Hosts)
	if err != nil {
		return err
	}
	out, ways := &frames{send: send}, a.waysFor(ask.Agent)
	var together errgroup.Group
	together.SetLimit(hostsAtOnce)
	for _, target := range targets {
		together.Go(func() error {
			undone, err := a.undoHost(ctx, actor, ways, target, plan, out)
			if err != nil {
				undone.Error = told(err)
			}
			a.undone(ctx, actor, target, plan.ID, undone)
			out.say(gemba.HostFrame{Host: target.Host.Name, Undone: &undone})
			return nil
		})
	}
	_ = together.Wait() // what became of each host was said
	out.say(gemba.HostFrame{Fleet: &plan})
	return out.err
}

// undoTargets are the hosts of a plan on which it changed something.
func undoTargets(plan gemba.FleetPlan, only []string) ([]gemba.Target, error) {
	var targets []gemba.Target
	var names []string
	for _, target := range plan.Targets {
		name := target.Host.Name
		names = append(names, name)
		changed := slices.ContainsFunc(plan.Hosts, func(h gemba.HostPlan) bool { return h.Host == name && len(h.Changes) > 0 })
		if changed && (len(only) == 0 || slices.Contains(only, name)) {
			targets = append(targets, target)
		}
	}
	for _, name := range only {
		if !slices.Contains(names, name) {
			return nil, gemba.Fail(gemba.NotFound, fmt.Sprintf("plan p-%d has no host %q", plan.ID, name), "it has "+strings.Join(names, ", "), "")
		}
	}
	if len(targets) == 0 {
		return nil, gemba.Fail(gemba.NotFound, fmt.Sprintf("plan p-%d changes nothing there", plan.ID), "there is nothing to undo", "")
	}
	return targets, nil
}

func (a *App) undoHost(ctx context.Context, actor string, ways *ways, target gemba.Target, plan gemba.FleetPlan, out *frames) (gemba.Undone, error) {
	undone := gemba.Undone{Run: runName(plan)}
	link, err := ways.dial(ctx, target.Host)
	if err != nil {
		return undone, err
	}
	defer link.Close()
	session, err := link.Worker(ctx, "undo")
	if err != nil {
		return undone, err
	}
	defer session.Close()
	if err := order(session, wire.Undo{Run: undone.Run, Holder: actor + " from " + a.options.State}); err != nil {
		return undone, err
	}
	from := bufio.NewReaderSize(session, 64<<10)
	for {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return undone, saidOr(session.Wait(), err)
		}
		var news wire.News
		if err := json.Unmarshal(line, &news); err != nil {
			return undone, fmt.Errorf("reading what the worker says: %w", err)
		}
		switch {
		case news.Waits != "":
			out.say(gemba.HostFrame{Host: target.Host.Name, Waits: news.Waits})
		case news.Undone != nil:
			undone = *news.Undone
			undone.Stays = stays(plan, target.Host.Name)
			return undone, nil
		}
	}
}

// order gives a worker the one line that it waits for.
func order(session converge.Session, value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encoding an order: %w", err)
	}
	_, err = session.Write(append(line, '\n'))
	return err
}

// stays names what of a plan undo cannot restore on a host.
func stays(plan gemba.FleetPlan, host string) []string {
	var names []string
	for _, h := range plan.Hosts {
		for _, c := range h.Changes {
			if h.Host == host && c.Stays {
				names = append(names, c.Kind+" "+c.Name)
			}
		}
	}
	return names
}

// undone tells the ledger what was put back on a host.
func (a *App) undone(ctx context.Context, actor string, target gemba.Target, plan int64, undone gemba.Undone) {
	data := map[string]any{"environment": target.Environment, "undone": undone}
	if plan != 0 {
		data["plan"] = plan
	}
	if undone.Why != "" {
		actor = "gemba"
	}
	a.record(context.WithoutCancel(ctx), gemba.Event{Actor: actor, Kind: "host.undone", Subject: "host/" + target.Host.Name}, data)
}

// saidOr is why a session ended: what the worker said on its way out says it best.
func saidOr(said, err error) error {
	if said != nil {
		return said
	}
	return err
}
