package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/edge/table"
)

// Options say where an edge keeps its files and which ports its domains have.
type Options struct {
	Dir       string // created when missing; nothing is written elsewhere
	HTTPPort  int    // of domains; redirects to HTTPS and answers ACME challenges
	HTTPSPort int    // of domains
	Log       *slog.Logger
}

// Edge takes requests and leads them to releases. It is safe for concurrent
// use, and implements deploy.Router.
type Edge struct {
	options Options
	table   *table.Table
	conns   *connections
	unlock  func() error
	since   time.Time
	mended  error // what was wrong with the table at the start

	handlers *handlers

	mu        sync.Mutex // one change of routes at a time
	entrances *entrances
	loaded    []byte           // the configuration that Caddy runs
	shut      map[string]error // routes that could not be opened, by name
}

// Open starts an edge with the routes and targets of its directory. A route
// that cannot be opened does not keep the others shut; Mend tries it again.
func Open(o Options) (*Edge, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the edge's directory: %w", err)
	}
	unlock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	e := &Edge{options: o, conns: &connections{}, unlock: unlock, since: time.Now(),
		entrances: newEntrances(o), shut: map[string]error{}}
	e.table, e.mended, err = table.Open(o.Dir)
	if err == nil {
		err = e.register()
	}
	if err == nil {
		err = e.openRoutes()
	}
	if err != nil {
		e.entrances.close()
		_ = unlock()
		return nil, err
	}
	return e, nil
}

// openRoutes opens every listed route that can be opened.
func (e *Edge) openRoutes() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.table.Routes() {
		if err := e.entrances.open(r); err != nil {
			e.options.Log.Error("a route is shut", "route", r.Name, "error", err)
			e.shut[r.Name] = err
		}
	}
	return e.load(e.openExcept(""))
}

// Mend tries again to open the routes that could not be opened.
func (e *Edge) Mend(ctx context.Context) {
	for _, r := range e.shutRoutes() {
		if err := e.Route(ctx, r); err == nil {
			e.options.Log.Info("a route is open again", "route", r.Name)
		}
	}
}

func (e *Edge) shutRoutes() []deploy.Route {
	e.mu.Lock()
	defer e.mu.Unlock()
	var routes []deploy.Route
	for _, r := range e.table.Routes() {
		if e.shut[r.Name] != nil {
			routes = append(routes, r)
		}
	}
	return routes
}

// Route implements deploy.Router.
func (e *Edge) Route(ctx context.Context, route deploy.Route) error {
	route, err := normalRoute(route)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.checkFree(route); err != nil {
		return err
	}
	if err := e.entrances.open(route); err != nil {
		return err
	}
	// What this leaves open without need is closed, whatever happens.
	defer func() { e.entrances.keep(e.openExcept("")) }()
	if err := e.load(append(e.openExcept(route.Name), route)); err != nil {
		return err
	}
	if err := e.table.Put(route); err != nil {
		return e.reload(err)
	}
	delete(e.shut, route.Name)
	return awaitCertificate(ctx, route.Domain)
}

// Unroute implements deploy.Router. Requests under way end by themselves.
func (e *Edge) Unroute(_ context.Context, name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.table.Remove(name); err != nil {
		return err
	}
	delete(e.shut, name)
	defer func() { e.entrances.keep(e.openExcept("")) }()
	return e.load(e.openExcept(""))
}

// Switch implements deploy.Router.
func (e *Edge) Switch(_ context.Context, name string, target deploy.Target) error {
	return e.table.Switch(name, target)
}

// Target implements deploy.Router.
func (e *Edge) Target(_ context.Context, name string) (deploy.Target, error) {
	return e.table.Target(name)
}

// InFlight implements deploy.Router.
func (e *Edge) InFlight(_ context.Context, name string, release gemba.ReleaseID) (int, error) {
	return e.table.InFlight(name, release), nil
}

// Traffic implements deploy.Router.
func (e *Edge) Traffic(_ context.Context, name string) (map[gemba.ReleaseID]deploy.Traffic, error) {
	return e.table.Traffic(name)
}

// Close stops taking requests and waits for those under way until ctx ends.
// Then upgraded connections are told to go: nobody knows when they would end.
func (e *Edge) Close(ctx context.Context) error {
	if err := e.shutEntrances(); err != nil {
		return err
	}
	err := e.conns.wait(ctx)
	e.handlers.release()
	return errors.Join(err, e.unlock())
}

func (e *Edge) shutEntrances() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.entrances.close()
	if err := caddy.Stop(); err != nil {
		return fmt.Errorf("stopping caddy: %w", err)
	}
	return nil
}

// openExcept returns the routes that are open, but for one.
func (e *Edge) openExcept(name string) []deploy.Route {
	var routes []deploy.Route
	for _, r := range e.table.Routes() {
		if r.Name != name && e.shut[r.Name] == nil {
			routes = append(routes, r)
		}
	}
	return routes
}

// load makes Caddy serve exactly these routes. Routes by port are not in its
// configuration, so it is loaded only when the domains differ.
func (e *Edge) load(routes []deploy.Route) error {
	config, err := configure(e.options, routes, e.entrances)
	if err != nil {
		return err
	}
	if string(config) == string(e.loaded) {
		return nil
	}
	if err := caddy.Load(config, false); err != nil {
		return gemba.Fail(gemba.Internal, "Caddy refused the routes", err.Error(), "")
	}
	e.loaded = config
	return nil
}

// reload goes back to the routes of the table after a change that could not be kept.
func (e *Edge) reload(cause error) error {
	if err := e.load(e.openExcept("")); err != nil {
		return fmt.Errorf("%w; going back failed too: %w", cause, err)
	}
	return cause
}
