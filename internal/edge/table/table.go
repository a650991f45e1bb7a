// Package table holds where routes lead, and what is under way on them.
//
// It is the part of the edge that changes with every release, and so the part
// that is no Caddy configuration. Changes are written to disk before they
// take effect; requests read memory only.
package table

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"gemba"
	"gemba/internal/deploy"
)

// Table maps route names to targets. It is safe for concurrent use.
type Table struct {
	file string

	change sync.Mutex // one change at a time; held while the disk is written

	mu     sync.Mutex // guards what follows; never held while anything waits
	routes map[string]*route
	ports  map[int]string // of listed routes, to their names
}

// route is one way in, and the requests that came by it.
type route struct {
	deploy.Route
	target   deploy.Target
	listed   bool // false: removed, and kept only while requests are under way
	releases map[gemba.ReleaseID]*tally
}

// tally counts the requests of one release on one route.
type tally struct {
	inFlight int
	deploy.Traffic
}

// Open reads the table that is kept in a directory; without one it is empty.
// Where the table cannot be read but its previous copy can, the table starts
// from that copy, and mended says what was wrong; the broken file is kept
// beside it. Where both are broken, err says so and nothing is touched.
func Open(dir string) (t *Table, mended error, err error) {
	t = &Table{file: filepath.Join(dir, FileName), routes: map[string]*route{}, ports: map[int]string{}}
	entries, mended, err := load(t.file)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		r := newRoute(e.Route)
		if e.Target != nil {
			r.target = *e.Target
		}
		t.routes[e.Name] = r
		t.listLocked(r, e.Route)
	}
	return t, mended, nil
}

func newRoute(r deploy.Route) *route {
	return &route{Route: r, listed: true, releases: map[gemba.ReleaseID]*tally{}}
}

// Routes returns the routes in the order of their names.
func (t *Table) Routes() []deploy.Route {
	t.mu.Lock()
	defer t.mu.Unlock()
	var routes []deploy.Route
	for _, r := range t.routes {
		if r.listed {
			routes = append(routes, r.Route)
		}
	}
	slices.SortFunc(routes, func(a, b deploy.Route) int { return strings.Compare(a.Name, b.Name) })
	return routes
}

// Put lists a route, keeping where it leads. It is durable when it returns.
func (t *Table) Put(r deploy.Route) error {
	t.change.Lock()
	defer t.change.Unlock()
	entries := t.entries()
	e := entries[r.Name]
	if e.Route == r {
		return nil
	}
	entries[r.Name] = entry{Route: r, Target: e.Target}
	if err := save(t.file, entries); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.routes[r.Name]
	if !ok {
		known = newRoute(r)
		t.routes[r.Name] = known
	}
	t.listLocked(known, r)
	return nil
}

// listLocked lists a route as described; the port that it had before is forgotten.
func (t *Table) listLocked(known *route, r deploy.Route) {
	if t.ports[known.Port] == known.Name {
		delete(t.ports, known.Port)
	}
	known.Route, known.listed = r, true
	if r.Port != 0 {
		t.ports[r.Port] = r.Name
	}
}

// OnPort names the route of a port; "" when it has none.
func (t *Table) OnPort(port int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ports[port]
}

// Remove takes a route off the list; what is under way on it is still counted.
func (t *Table) Remove(name string) error {
	t.change.Lock()
	defer t.change.Unlock()
	entries := t.entries()
	if _, ok := entries[name]; !ok {
		return nil
	}
	delete(entries, name)
	if err := save(t.file, entries); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.routes[name]
	r.listed, r.target = false, deploy.Target{}
	delete(t.ports, r.Port)
	t.forgetLocked(r)
	return nil
}

// Switch leads a route to a target from the next request on. It is durable when it returns.
func (t *Table) Switch(name string, target deploy.Target) error {
	if err := checkTarget(target); err != nil {
		return err
	}
	t.change.Lock()
	defer t.change.Unlock()
	entries := t.entries()
	e, ok := entries[name]
	if !ok {
		return unknown(name)
	}
	if e.Target != nil && *e.Target == target || e.Target == nil && target == (deploy.Target{}) {
		return nil
	}
	e.Target = &target
	entries[name] = e
	if err := save(t.file, entries); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.routes[name].target = target
	return nil
}

// Target returns where a route leads; the zero Target when nowhere.
func (t *Table) Target(name string) (deploy.Target, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, ok := t.routes[name]
	if !ok || !r.listed {
		return deploy.Target{}, unknown(name)
	}
	return r.target, nil
}

// InFlight returns how many requests of a route are with a release; 0 for
// routes and releases that are not known.
func (t *Table) InFlight(name string, release gemba.ReleaseID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, ok := t.routes[name]; ok {
		if c, ok := r.releases[release]; ok {
			return c.inFlight
		}
	}
	return 0
}

// Traffic returns the requests of a route per release since the table was opened.
func (t *Table) Traffic(name string) (map[gemba.ReleaseID]deploy.Traffic, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, ok := t.routes[name]
	if !ok || !r.listed {
		return nil, unknown(name)
	}
	traffic := make(map[gemba.ReleaseID]deploy.Traffic, len(r.releases))
	for id, c := range r.releases {
		traffic[id] = c.Traffic
	}
	return traffic, nil
}

// entries is what is kept of the table, by name. The caller holds t.change.
func (t *Table) entries() map[string]entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	entries := make(map[string]entry, len(t.routes))
	for name, r := range t.routes {
		if !r.listed {
			continue
		}
		e := entry{Route: r.Route}
		if r.target != (deploy.Target{}) {
			target := r.target
			e.Target = &target
		}
		entries[name] = e
	}
	return entries
}

// forgetLocked drops a removed route once nothing is under way on it.
func (t *Table) forgetLocked(r *route) {
	busy := func(c *tally) bool { return c.inFlight > 0 }
	if r.listed || slices.ContainsFunc(slices.Collect(maps.Values(r.releases)), busy) {
		return
	}
	if t.routes[r.Name] == r {
		delete(t.routes, r.Name)
	}
}

func unknown(name string) error {
	return gemba.Fail(gemba.NotFound, "the edge has no route "+name, "it was never made, or was removed", "gemba status")
}
