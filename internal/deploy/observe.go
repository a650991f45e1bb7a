package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"gemba"
)

// observed is what is there of an environment's service, found by looking.
type observed struct {
	placed    *Placement // what was recorded last; nil: nothing ever
	instances []Instance
	target    Target // where the route leads
	traffic   map[gemba.ReleaseID]Traffic
}

func (d *Deployer) observe(ctx context.Context, release gemba.Release) (observed, error) {
	var o observed
	all, err := d.Store.Placed(ctx)
	if err != nil {
		return o, fmt.Errorf("reading what is placed: %w", err)
	}
	for _, p := range all {
		if p.Environment == release.Environment && p.Service == release.Service {
			o.placed = &p
		}
	}
	if o.instances, err = d.Runtime.Instances(ctx, release.Environment, release.Service); err != nil {
		return o, fmt.Errorf("looking at what runs: %w", err)
	}
	if !release.Routed() {
		return o, nil
	}
	if o.target, err = d.Router.Target(ctx, routeName(release)); err != nil {
		return o, fmt.Errorf("asking where requests go: %w", err)
	}
	o.traffic, err = d.Router.Traffic(ctx, routeName(release))
	return o, err
}

// inPlace reports whether the release is all that runs, and requests go to it.
func (o observed) inPlace(release gemba.Release) bool { return o.difference(release) == "" }

// difference says what is not as the release wants it; "" when nothing.
func (o observed) difference(release gemba.Release) string {
	var differs []string
	if o.placed == nil || o.placed.Release.ID != release.ID || o.placed.Stopped {
		differs = append(differs, "it is not recorded as placed")
	}
	for _, p := range release.Processes {
		if release.Runs(p) && !o.running(release, p.Name) {
			differs = append(differs, p.Name+" does not run")
		}
	}
	for _, i := range o.instances {
		if !i.ID.of(release) {
			differs = append(differs, i.ID.String()+" still runs")
		}
	}
	if release.Routed() && o.target.Release != release.ID {
		differs = append(differs, "requests do not go to it")
	}
	return strings.Join(differs, "; ")
}

// running reports whether an instance of the release's process is alive.
func (o observed) running(release gemba.Release, process string) bool {
	for _, i := range o.instances {
		if i.Alive && i.ID.Process == process && i.ID.of(release) {
			return true
		}
	}
	return false
}

// serves reports whether an instance belongs to what served before: recorded, or where requests go.
func (o observed) serves(id ID) bool {
	return o.placed != nil && !o.placed.Stopped && id.of(o.placed.Release) || o.target.Upstream != "" && o.target.Upstream == id.address()
}

func (o observed) ids() []ID {
	var ids []ID
	for _, i := range o.instances {
		if i.Alive {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

func (d *Deployer) instance(ctx context.Context, id ID) (Instance, error) {
	instances, err := d.Runtime.Instances(ctx, id.Environment, id.Service)
	if err != nil {
		return Instance{}, err
	}
	for _, i := range instances {
		if i.ID == id {
			return i, nil
		}
	}
	return Instance{ID: id}, nil
}

// target is where requests for a release have to go; false when nothing of it takes any.
func (d *Deployer) target(ctx context.Context, release gemba.Release, ids []ID) (Target, bool, error) {
	for _, p := range release.Processes {
		switch p.Kind {
		case gemba.Web:
			for _, id := range ids {
				if id.Process == p.Name && id.of(release) {
					return Target{Release: release.ID, Upstream: id.address()}, true, nil
				}
			}
		case gemba.Static:
			dir, err := d.Runtime.Unpack(ctx, release.Environment, release.Service, release.Artifact)
			return Target{Release: release.ID, Root: strings.TrimSuffix(dir+"/"+p.Root, "/.")}, true, err
		}
	}
	return Target{}, false, nil
}

// route makes sure that there is a way in.
func (d *Deployer) route(ctx context.Context, release gemba.Release) error {
	route := Route{Name: routeName(release), Domain: release.Deploy.Domain}
	if route.Domain == "" {
		port, err := d.port(ctx, release)
		if err != nil {
			return err
		}
		route.Port = port
	}
	if err := d.Router.Route(ctx, route); err != nil {
		return fmt.Errorf("making the way in: %w", err)
	}
	return nil
}

// firstPort is where the loopback ports of environments begin.
const firstPort = 8100

// port is the declared one, or one that Gemba chose once and keeps.
func (d *Deployer) port(ctx context.Context, release gemba.Release) (int, error) {
	if release.Deploy.Port != 0 {
		return release.Deploy.Port, nil
	}
	port, err := d.Store.Port(ctx, release.Environment, release.Service, func(taken map[int]bool) (int, error) {
		for port := max(d.First, firstPort); port < 65536; port++ {
			if !taken[port] && d.Free(port) {
				return port, nil
			}
		}
		return 0, gemba.Fail(gemba.Unavailable, "no loopback port is free", "", "declare  port = N  in the deploy block")
	})
	if err != nil {
		return 0, fmt.Errorf("choosing a port: %w", err)
	}
	return port, nil
}

// Address is what a person opens; "" for a release that takes no requests.
func (d *Deployer) Address(ctx context.Context, release gemba.Release) (string, error) {
	if !release.Routed() {
		return "", nil
	}
	if release.Deploy.Domain != "" {
		return "https://" + release.Deploy.Domain + "/", nil
	}
	port, err := d.port(ctx, release)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("http://127.0.0.1:%d/", port), nil
}

func (d *Deployer) trafficSince(ctx context.Context, release gemba.Release, before map[gemba.ReleaseID]Traffic) Traffic {
	if !release.Routed() {
		return Traffic{}
	}
	now, err := d.Router.Traffic(ctx, routeName(release))
	if err != nil {
		return Traffic{}
	}
	var sum Traffic
	for id, t := range now {
		sum.Requests += t.Requests - before[id].Requests
		sum.Failed += t.Failed - before[id].Failed
	}
	return sum
}

func routeName(release gemba.Release) string { return release.Environment + "/" + release.Service }

func (c *change) fact() gemba.Event {
	data, _ := json.Marshal(map[string]any{"release": c.release.ID, "artifact": c.release.Artifact, "commit": c.release.Commit.Hash, "before": c.seen.target.Release})
	return gemba.Event{Actor: "gemba", Kind: "release.placed", Subject: "environment/" + c.release.Environment, Run: c.run, Data: data}
}
