package app

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/driver/edge"
	"gemba/internal/wire"
)

// edgeTask is the supervisor of the edge.
const edgeTask = "edge"

// edgeKeeper is the client of the edge that starts it when it is first needed: deploy.Router with a life of its own.
type edgeKeeper struct {
	*edge.Client
	app *App

	mu    sync.Mutex
	ready bool
}

// ensure makes certain that an edge answers. Its supervisor restarts it when it dies, and outlives the server.
func (e *edgeKeeper) ensure(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ready {
		return nil
	}
	if err := e.start(ctx); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		asked, enough := context.WithTimeout(wait, time.Second)
		err := e.Ready(asked)
		enough()
		if err == nil {
			e.ready = true
			return nil
		}
		if why := e.cannotStart(wait); why != "" {
			return gemba.Fail(gemba.Unavailable, "the edge cannot be started", why, "gemba, gemba-server, gemba-edge and gemba-worker have to lie in one directory")
		}
		if wait.Err() != nil {
			return gemba.Fail(gemba.Unavailable, "the edge does not answer", err.Error(), "see "+e.app.edgeLog())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (e *edgeKeeper) start(ctx context.Context) error {
	a := e.app
	task, err := a.tasks.Find(edgeTask)
	if err == nil {
		if status, err := task.Status(ctx); err == nil && status.State != "ended" {
			return nil
		}
		if err := task.Clear(ctx); err != nil {
			return fmt.Errorf("clearing what is left of the edge: %w", err)
		}
		if err := task.Remove(); err != nil {
			return err
		}
	}
	argv := []string{a.options.Programs.Edge, "--dir", a.paths.edge(), "--socket", a.paths.edgeSocket()}
	if a.options.HTTPPort != 0 {
		argv = append(argv, "--http-port", strconv.Itoa(a.options.HTTPPort))
	}
	if a.options.HTTPSPort != 0 {
		argv = append(argv, "--https-port", strconv.Itoa(a.options.HTTPSPort))
	}
	_, err = a.tasks.Start(ctx, wire.Spec{
		ID: edgeTask, Argv: argv, WorkDir: a.paths.edge(), Env: []string{"PATH=/usr/bin:/bin", "HOME=" + a.paths.edge(), "GOMEMLIMIT=256MiB"},
		Restart:   &wire.Restart{Min: gemba.Duration(50 * time.Millisecond), Max: gemba.Duration(5 * time.Second), Reset: gemba.Duration(10 * time.Second)},
		StopGrace: gemba.Duration(12 * time.Second), Log: wire.LogPolicy{Rotate: 16 << 20, Keep: 2},
	})
	if err != nil {
		return fmt.Errorf("starting the edge: %w", err)
	}
	return nil
}

// cannotStart says why the program itself does not start; "" when it does.
func (e *edgeKeeper) cannotStart(ctx context.Context) string {
	task, err := e.app.tasks.Find(edgeTask)
	if err != nil {
		return ""
	}
	if _, err := task.Status(ctx); err == nil {
		return "" // it is on its way
	}
	if exit, err := task.Wait(ctx); err == nil && exit.Reason == "not-started" {
		return exit.Error
	}
	return ""
}

func (a *App) edgeLog() string { return filepath.Join(a.paths.tasks(), edgeTask, "log") }

// reached makes a call to the edge. When it does not answer even after a while, its supervisor is gone too: it is started again.
func (e *edgeKeeper) reached(ctx context.Context, call func() error) error {
	if err := e.ensure(ctx); err != nil {
		return err
	}
	err := call()
	if err == nil || gemba.CodeOf(err) != gemba.Unavailable || ctx.Err() != nil {
		return err
	}
	e.forget()
	if err := e.ensure(ctx); err != nil {
		return err
	}
	return call()
}

// forget makes the next use look again whether the edge runs.
func (e *edgeKeeper) forget() {
	e.mu.Lock()
	e.ready = false
	e.mu.Unlock()
}

// stop ends the edge and its supervisor.
func (e *edgeKeeper) stop(ctx context.Context) error {
	e.forget()
	task, err := e.app.tasks.Find(edgeTask)
	if err != nil {
		return nil // it never ran
	}
	if _, err := task.Stop(ctx); err != nil {
		return err
	}
	return task.Remove()
}

// ask puts a question to a release through the edge, at the address that its users use.
func (e *edgeKeeper) ask(ctx context.Context, check gemba.Check, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("reading the address of a release: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if u.Scheme == "https" {
		return e.app.askDomain(ctx, check, u.Hostname())
	}
	return e.app.deployer.Prober.Ask(ctx, check, u.Host)
}

// The methods of deploy.Router that a deploy begins with start the edge.

func (e *edgeKeeper) Target(ctx context.Context, name string) (deploy.Target, error) {
	var target deploy.Target
	err := e.reached(ctx, func() (err error) {
		target, err = e.Client.Target(ctx, name)
		return err
	})
	if gemba.CodeOf(err) == gemba.NotFound && err != nil {
		return deploy.Target{}, nil // a route that was never made leads nowhere
	}
	return target, err
}

func (e *edgeKeeper) Traffic(ctx context.Context, name string) (map[gemba.ReleaseID]deploy.Traffic, error) {
	traffic, err := e.Client.Traffic(ctx, name)
	if gemba.CodeOf(err) == gemba.NotFound && err != nil {
		return nil, nil
	}
	return traffic, err
}

func (e *edgeKeeper) Route(ctx context.Context, route deploy.Route) error {
	return e.reached(ctx, func() error { return e.Client.Route(ctx, route) })
}

// Switch implements deploy.Router.
func (e *edgeKeeper) Switch(ctx context.Context, name string, target deploy.Target) error {
	return e.reached(ctx, func() error { return e.Client.Switch(ctx, name, target) })
}

// InFlight implements deploy.Router.
func (e *edgeKeeper) InFlight(ctx context.Context, name string, release gemba.ReleaseID) (n int, err error) {
	err = e.reached(ctx, func() error {
		n, err = e.Client.InFlight(ctx, name, release)
		return err
	})
	return n, err
}
