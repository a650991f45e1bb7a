package deploy

import (
	"context"
	"encoding/json"
	"fmt"

	"gemba"
)

// Keep starts again what has died of a placed release together with its supervisor, where it was: after a reboot, or
// when somebody killed it. It returns the names of the processes that it started. What was replaced or taken down since the
// caller read of it is left alone.
func (d *Deployer) Keep(ctx context.Context, placed Placement) ([]string, error) {
	release := placed.Release
	seen, err := d.observe(ctx, release)
	if err != nil {
		return nil, err
	}
	if seen.placed == nil || seen.placed.Stopped || seen.placed.Release.ID != release.ID {
		return nil, nil
	}
	placed = *seen.placed
	var started []string
	for _, p := range release.Processes {
		if !release.Runs(p) || seen.running(release, p.Name) {
			continue
		}
		id, ok := ParseID(placed.Tasks[p.Name].Supervisor)
		if !ok {
			continue // this deploy never got as far as starting it
		}
		if err := d.clear(ctx, p, id, seen); err != nil {
			return started, err
		}
		start, err := d.prepare(ctx, release, p, id)
		if err != nil {
			return started, err
		}
		if err := d.Runtime.Start(ctx, start); err != nil {
			return started, fmt.Errorf("starting %s again: %w", id, err)
		}
		started = append(started, p.Name)
	}
	return started, d.keepRoute(ctx, placed, seen)
}

// clear stops what is left of an instance that is to be started again, and what runs in its place where only one may: a
// deploy that was cut short leaves such.
func (d *Deployer) clear(ctx context.Context, process gemba.Process, id ID, seen observed) error {
	left := []ID{id}
	for _, i := range seen.instances {
		if process.Replace == gemba.StopFirst && i.ID.Process == process.Name && i.ID != id {
			left = append(left, i.ID)
		}
	}
	for _, id := range left {
		if err := d.Runtime.Stop(ctx, id); err != nil {
			return fmt.Errorf("clearing what is left of %s: %w", id, err)
		}
	}
	return nil
}

// keepRoute leads requests to the placed release where the edge has forgotten.
func (d *Deployer) keepRoute(ctx context.Context, placed Placement, seen observed) error {
	if !placed.Release.Routed() || seen.target.Release == placed.Release.ID {
		return nil
	}
	var ids []ID
	for _, task := range placed.Tasks {
		if id, ok := ParseID(task.Supervisor); ok {
			ids = append(ids, id)
		}
	}
	target, ok, err := d.target(ctx, placed.Release, ids)
	if err != nil || !ok {
		return err
	}
	if err := d.route(ctx, placed.Release); err != nil {
		return err
	}
	return d.Router.Switch(ctx, routeName(placed.Release), target)
}

// TakeDown stops everything of a placed release. Its record, its files and its data stay.
func (d *Deployer) TakeDown(ctx context.Context, placed Placement, actor string) error {
	instances, err := d.Runtime.Instances(ctx, placed.Environment, placed.Service)
	if err != nil {
		return err
	}
	for _, i := range instances {
		if err := d.Runtime.Stop(ctx, i.ID); err != nil {
			return fmt.Errorf("stopping %s: %w", i.ID, err)
		}
	}
	placed.Stopped = true
	data, _ := json.Marshal(map[string]any{"release": placed.Release.ID})
	return d.Store.Place(ctx, placed, gemba.Event{Actor: actor, Kind: "release.stopped", Subject: "environment/" + placed.Environment, Data: data})
}

// Look returns what is there of a placed release, for people.
func (d *Deployer) Look(ctx context.Context, placed Placement) (gemba.Deployment, error) {
	release := placed.Release
	seen, err := d.observe(ctx, release)
	if err != nil {
		return gemba.Deployment{}, err
	}
	address, err := d.Address(ctx, release)
	if err != nil {
		return gemba.Deployment{}, err
	}
	shown := gemba.Deployment{
		Environment: placed.Environment, Service: placed.Service, Release: release.ID, Artifact: release.Artifact,
		Commit: release.Commit, Run: placed.Run, Since: placed.Since, Stopped: placed.Stopped, Address: address,
	}
	for _, p := range release.Processes {
		shown.Processes = append(shown.Processes, look(release, p, seen))
	}
	if placed.Stopped {
		shown.Reason = "taken down"
		return shown, nil
	}
	shown.Reason = seen.difference(release)
	shown.Healthy = shown.Reason == ""
	return shown, nil
}

func look(release gemba.Release, p gemba.Process, seen observed) gemba.ProcessStatus {
	status := gemba.ProcessStatus{Name: p.Name, Kind: p.Kind, State: "gone"}
	switch {
	case p.Kind == gemba.Static && seen.target.Release == release.ID:
		status.State = "serving"
	case !release.Runs(p):
		status.State = "off"
	}
	for _, i := range seen.instances {
		if i.ID.Process != p.Name || !i.ID.of(release) {
			continue
		}
		status.PID, status.Port, status.Since, status.Restarts, status.LastExit, status.Next = i.PID, i.ID.Port, i.Since, i.Restarts, i.LastExit, i.Next
		switch {
		case i.Serving:
			status.State = "running"
		case i.Alive && p.Kind == gemba.Schedule:
			status.State = "scheduled"
		case i.Alive:
			status.State = "restarting"
		}
	}
	return status
}
