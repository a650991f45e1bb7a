// Package app is the only place where parts meet: it introduces the drivers
// and stores to the chapters, and offers the faces (API, dashboard) what Gemba can do.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/deploy"
	"gemba/internal/driver/edge"
	"gemba/internal/driver/oci"
	"gemba/internal/driver/process"
	"gemba/internal/pipeline"
	"gemba/internal/store/sqlite"
)

// Options say where and with what a server works.
type Options struct {
	State     string // absolute path of the state directory
	Runtime   string // absolute path of the directory for sockets
	Cache     string // of toolchains; default below State
	Programs  Programs
	HTTPPort  int // of the edge, for declared domains
	PortsFrom int // loopback ports of environments are chosen from here on; 0 is the default
	HTTPSPort int
	Version   string
	Log       *slog.Logger
	Now       func() time.Time
	Getenv    func(string) string
	// WatchEvery is the pause between two probes of a process; 0 is the default.
	WatchEvery time.Duration
	// DriftEvery is the pause between two looks at hosts; 0 is the default.
	DriftEvery time.Duration
}

// Programs are the paths of the executables that lie beside the server.
type Programs struct{ Worker, Edge string }

// spareSupervisors wait for work, so that a step begins without waiting for a program to start. Each costs about 3 MB, most of it shared.
const spareSupervisors = 10

// App is Gemba on one machine.
type App struct {
	options Options
	paths   paths
	log     *slog.Logger
	now     func() time.Time
	since   time.Time

	lock     *os.File
	store    *sqlite.Store
	oci      *oci.Store
	tasks    *process.Supervisors
	edge     *edgeKeeper
	secrets  *secretVault
	deployer *deploy.Deployer
	engine   *pipeline.Engine
	watch    *watching
	seal     *sealing
	tools    *toolVersions
	places   *placesInUse

	repositories repositories
	unpacking    unpacking
	baking       sync.Mutex // one image at a time: each takes all that a disk gives

	isolationOnce sync.Once
	isolation     string
	weaknessSaid  atomic.Bool

	dashboard string // its address
	proof     struct {
		sync.Mutex
		last contract.LedgerReport // what the latest verification found
	}

	stop context.CancelFunc
	done sync.WaitGroup
}

// Open takes possession of the state directory, finds again what runs, and goes on with what was interrupted.
func Open(ctx context.Context, o Options) (*App, error) {
	a := &App{options: o, paths: paths{o.State, o.Runtime}, log: o.Log, now: o.Now, since: o.Now().UTC()}
	if err := a.paths.prepare(); err != nil {
		return nil, err
	}
	var err error
	if a.lock, err = lockState(a.paths.lock()); err != nil {
		return nil, err
	}
	if err := a.assemble(ctx); err != nil {
		return nil, errors.Join(err, a.lock.Close())
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	a.done.Go(func() { a.watch.open(background) })
	a.done.Go(func() { a.keep(background) })
	a.done.Go(func() { a.seal.run(background) })
	a.done.Go(func() { a.watchHosts(background) })
	if err := a.engine.Resume(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// assemble introduces the drivers to the chapters.
func (a *App) assemble(ctx context.Context) error {
	var err error
	if a.store, err = sqlite.Open(ctx, a.paths.database()); err != nil {
		return err
	}
	if a.oci, err = oci.Open(a.paths.artifacts()); err != nil {
		return fmt.Errorf("opening the artifacts: %w", err)
	}
	a.tasks = process.New(a.paths.tasks(), a.paths.runtime, a.options.Programs.Worker)
	a.tasks.Keep(spareSupervisors)
	a.tools = newToolVersions()
	a.places = newPlacesInUse()
	if a.secrets, err = a.openVault(ctx); err != nil {
		return err
	}
	a.edge = &edgeKeeper{Client: edge.Dial(a.paths.edgeSocket()), app: a}
	a.deployer = &deploy.Deployer{
		Runtime: &localRuntime{a}, Router: a.edge, Prober: newAsker(), Secrets: a.secrets, Store: a.store, Now: a.now, First: a.options.PortsFrom, Free: portIsFree, Say: a.say,
	}
	a.engine = pipeline.New(a.store, &work{a}, a.now, a.log)
	a.watch = newWatching(a)
	a.seal, err = openSealing(ctx, a)
	return err
}

// Close lets go of everything. What runs goes on running; runs are resumed by the next server.
func (a *App) Close() error {
	a.engine.Stop()
	a.stop()
	a.done.Wait()
	a.tasks.Close()
	err := errors.Join(a.watch.close(), a.store.Close())
	return errors.Join(err, a.lock.Close())
}

// Server says who answers.
func (a *App) Server() gemba.Server {
	server := gemba.Server{Version: a.options.Version, PID: os.Getpid(), Since: a.since, StateDir: a.paths.state, Dashboard: a.dashboard, Isolation: a.isolationOfBuilds()}
	if path, err := os.Executable(); err == nil {
		server.Executable.Path = path
		if info, err := os.Stat("/proc/self/exe"); err == nil {
			server.Executable.Modified, server.Executable.Size = info.ModTime(), info.Size()
		}
	}
	return server
}

func (a *App) isolationOfBuilds() string {
	a.isolationOnce.Do(func() {
		a.isolation = "whole"
		if ok, weakness := process.Capability(a.options.Programs.Worker); !ok {
			a.isolation = weakness
		}
	})
	return a.isolation
}
