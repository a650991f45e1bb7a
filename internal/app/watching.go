package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/driver/probe"
	"gemba/internal/driver/prometheus"
	"gemba/internal/monitor"
)

// watching keeps the watcher's targets the same as what is placed. The series are opened beside everything else: nobody who ships waits for them.
type watching struct {
	app  *App
	wake chan struct{}

	mu      sync.Mutex
	series  *prometheus.Series
	watcher *monitor.Watcher
}

func newWatching(a *App) *watching { return &watching{app: a, wake: make(chan struct{}, 1)} }

// open starts watching and goes on until ctx ends.
func (w *watching) open(ctx context.Context) {
	series, err := prometheus.Open(w.app.paths.metrics(), w.app.log)
	if err != nil {
		w.app.log.Error("what is deployed is not watched: its series cannot be opened", "error", err)
		return
	}
	watcher := monitor.NewWatcher(series, probe.New(5*time.Second), w.alive, monitor.Config{
		Interval: w.app.options.WatchEvery, Random: rand.Float64, Now: w.app.now, Log: w.app.log,
	})
	w.mu.Lock()
	w.series, w.watcher = series, watcher
	w.mu.Unlock()
	for {
		if err := w.refresh(ctx); err != nil && ctx.Err() == nil {
			w.app.log.Error("what to watch could not be found out", "error", err)
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return
		}
	}
}

// soon makes the watcher look again at what is placed.
func (w *watching) soon() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watching) refresh(ctx context.Context) error {
	placed, err := w.app.store.Placed(ctx)
	if err != nil {
		return err
	}
	var targets []monitor.Target
	for _, p := range placed {
		if !p.Stopped {
			targets = append(targets, w.targets(p)...)
		}
	}
	w.watcher.Set(targets)
	return nil
}

func (w *watching) targets(placed deploy.Placement) []monitor.Target {
	var targets []monitor.Target
	for _, p := range placed.Release.Processes {
		if !placed.Release.Runs(p) || p.Kind == gemba.Schedule {
			continue
		}
		target := monitor.Target{Environment: placed.Environment, Service: placed.Service, Process: p.Name, Release: placed.Release.ID}
		if port := placed.Tasks[p.Name].Port; port != 0 {
			target.Address = fmt.Sprintf("127.0.0.1:%d", port)
			target.Metrics = "http://" + target.Address + metricsPath(p)
			if p.Health != nil && p.Health.Kind == gemba.CheckHTTP {
				target.URL, target.Check = "http://"+target.Address+p.Health.Path, *p.Health
			}
		}
		targets = append(targets, target)
	}
	return targets
}

func metricsPath(p gemba.Process) string {
	if p.Metrics != "" {
		return p.Metrics
	}
	return "/metrics"
}

// alive looks whether a process that cannot be asked runs.
func (w *watching) alive(ctx context.Context, target monitor.Target) (bool, error) {
	instances, err := (&localRuntime{w.app}).Instances(ctx, target.Environment, target.Service)
	if err != nil {
		return false, err
	}
	for _, i := range instances {
		if i.ID.Process == target.Process && i.ID.Release == target.Release.Instance() && i.Serving {
			return true, nil
		}
	}
	return false, nil
}

// summary is what the signals say of a placed release; nil when it is not watched.
func (w *watching) summary(ctx context.Context, placed deploy.Placement) *gemba.Watch {
	w.mu.Lock()
	series := w.series
	w.mu.Unlock()
	targets := w.targets(placed)
	if series == nil || len(targets) == 0 {
		return nil
	}
	best := targets[0]
	for _, t := range targets {
		if t.Address != "" {
			best = t
		}
	}
	watch, err := series.Watch(ctx, best, placed.Since, w.app.now())
	if err != nil || watch.Probes == 0 {
		return nil
	}
	return &watch
}

func (w *watching) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watcher == nil {
		return nil
	}
	w.watcher.Close()
	return w.series.Close()
}
