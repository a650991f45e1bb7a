package app

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"gemba"
	"gemba/internal/driver/process"
)

// LogQuery selects lines: of the steps of a run, or of the processes of a service.
type LogQuery struct {
	Service, Environment, Process string
	Run                           int64
	Step                          string
	Lines                         int // the last so many of each; below 0 all
	Follow                        bool
}

// Logs calls send with every line that is selected, in the order of their times. The log of a run is followed until the run
// is over; those of processes until ctx ends, whatever release they belong to.
func (a *App) Logs(ctx context.Context, q LogQuery, send func(gemba.LogLine) error) error {
	if q.Run != 0 && q.Follow {
		return a.followRun(ctx, q, send)
	}
	sources, err := a.logSources(ctx, q)
	if err != nil {
		return err
	}
	if err := a.printTails(ctx, sources, q.Lines, send); err != nil || !q.Follow {
		return err
	}
	return a.followProcesses(ctx, q, sources, send)
}

func (a *App) followRun(ctx context.Context, q LogQuery, send func(gemba.LogLine) error) error {
	run, err := a.store.Run(ctx, q.Run)
	if err != nil {
		return err
	}
	steps := run.Steps
	return a.Stream(ctx, q.Run, func(f gemba.Frame) error {
		if f.Run != nil {
			steps = f.Run.Steps
		}
		if f.Log == nil || f.Step >= len(steps) || !q.wants(steps[f.Step]) {
			return nil
		}
		line := *f.Log
		line.Source = stepName(steps[f.Step])
		return send(line)
	})
}

func (q LogQuery) wants(step gemba.Step) bool {
	return q.Step == "" || q.Step == step.Name || q.Step == strconv.Itoa(step.Index)
}

func stepName(step gemba.Step) string { return strings.TrimSpace(step.Stage + " " + step.Name) }

// newLogs is how often processes that were not there before are looked for.
const newLogs = time.Second

// followProcesses goes on where the tails ended; the logs of processes that are started later are followed too.
func (a *App) followProcesses(ctx context.Context, q LogQuery, sources []*logSource, send func(gemba.LogLine) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var followers sync.WaitGroup
	defer followers.Wait()
	followed := map[string]bool{}
	for {
		for _, s := range sources {
			if followed[s.path] {
				continue
			}
			followed[s.path] = true
			followers.Go(func() {
				err := a.read(ctx, s, func() bool { return ctx.Err() == nil }, func(line gemba.LogLine) error {
					mu.Lock()
					defer mu.Unlock()
					return send(line)
				})
				if err != nil {
					cancel(err) // nobody listens any more, or the log is gone
				}
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(newLogs):
		}
		if again, err := a.logSources(ctx, q); err == nil {
			sources = again
		}
	}
}

type logSource struct {
	name, path string
	step       gemba.Step // the zero Step for a process
	next       int64      // where it was read to
}

// logSources finds the logs that a query means.
func (a *App) logSources(ctx context.Context, q LogQuery) ([]*logSource, error) {
	var sources []*logSource
	if q.Run != 0 {
		run, err := a.store.Run(ctx, q.Run)
		if err != nil {
			return nil, err
		}
		for _, step := range run.Steps {
			if !q.wants(step) {
				continue
			}
			for _, path := range a.stepLogs(run, step) {
				if _, err := os.Stat(path); err == nil {
					sources = append(sources, &logSource{name: stepName(step), path: path, step: step})
					break
				}
			}
		}
		return sources, nil
	}
	placed, err := a.store.Placed(ctx)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, p := range placed {
		known = append(known, p.Service)
		if q.Service != "" && q.Service != p.Service || q.Environment != "" && q.Environment != p.Environment {
			continue
		}
		for name, task := range p.Tasks {
			if found, err := a.tasks.Find(task.Supervisor); err == nil && (q.Process == "" || q.Process == name) {
				sources = append(sources, &logSource{name: p.Environment + " " + name, path: found.LogPath()})
			}
		}
	}
	if len(sources) == 0 {
		return nil, gemba.Fail(gemba.NotFound, "there is no such log", fmt.Sprintf("deployed are: %s", strings.Join(known, ", ")), "gemba status;  gemba logs --run N  for a run")
	}
	return sources, nil
}

// printTails sends the last lines of each log, all of them in the order of their times.
func (a *App) printTails(ctx context.Context, sources []*logSource, lines int, send func(gemba.LogLine) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	feeds := make([]*feed, len(sources))
	for i, s := range sources {
		f := &feed{lines: make(chan gemba.LogLine, 64)}
		feeds[i] = f
		go func() {
			defer close(f.lines)
			f.failed = a.tail(ctx, s, lines, func(line gemba.LogLine) error {
				select {
				case f.lines <- line:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		}()
	}
	for {
		var first *feed
		for _, f := range feeds {
			if err := f.peek(); err != nil {
				return err
			}
			if f.next != nil && (first == nil || f.next.Time.Before(first.next.Time)) {
				first = f
			}
		}
		if first == nil {
			return nil
		}
		if err := send(*first.next); err != nil {
			return err
		}
		first.next = nil
	}
}

// feed is one log on its way to be merged with others.
type feed struct {
	lines  chan gemba.LogLine
	next   *gemba.LogLine // the line that was taken and not yet sent
	failed error          // read after lines was closed
}

// peek makes next the feed's next line; nil at its end.
func (f *feed) peek() error {
	if f.next != nil {
		return nil
	}
	line, open := <-f.lines
	if !open {
		return f.failed
	}
	f.next = &line
	return nil
}

// tail sends the last lines of a log, all below 0, and remembers where it ended.
func (a *App) tail(ctx context.Context, s *logSource, lines int, send func(gemba.LogLine) error) error {
	now := func() bool { return false }
	if lines < 0 {
		return a.read(ctx, s, now, send)
	}
	var last []gemba.LogLine
	err := a.read(ctx, s, now, func(line gemba.LogLine) error {
		if last = append(last, line); len(last) > 2*lines+16 {
			last = append(last[:0], last[len(last)-lines:]...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, line := range last[max(0, len(last)-lines):] {
		if err := send(line); err != nil {
			return err
		}
	}
	return nil
}

// read sends the lines from where the source was read last, as long as there are more or more may come.
func (a *App) read(ctx context.Context, s *logSource, more func() bool, send func(gemba.LogLine) error) error {
	return process.Follow(ctx, s.path, s.next, more, func(line gemba.LogLine, next int64) error {
		s.next = next
		line, shown := readable(s.step, line)
		if !shown {
			return nil
		}
		line.Source = s.name
		return send(line)
	})
}
