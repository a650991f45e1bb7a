package app

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

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

// Logs calls send with every line that is selected.
func (a *App) Logs(ctx context.Context, q LogQuery, send func(gemba.LogLine) error) error {
	sources, err := a.logSources(ctx, q)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	one := func(line gemba.LogLine) error {
		mu.Lock()
		defer mu.Unlock()
		return send(line)
	}
	for _, s := range sources {
		if err := a.printTail(ctx, s, q.Lines, one); err != nil {
			return err
		}
	}
	if !q.Follow {
		return nil
	}
	var followers sync.WaitGroup
	defer followers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, s := range sources {
		followers.Go(func() {
			err := process.Follow(ctx, s.path, s.next, func() bool { return ctx.Err() == nil }, func(line gemba.LogLine, _ int64) error {
				line, shown := readable(s.step, line)
				if !shown {
					return nil
				}
				line.Source = s.name
				return one(line)
			})
			if err != nil {
				cancel()
			}
		})
	}
	<-ctx.Done()
	return nil
}

type logSource struct {
	name, path string
	step       gemba.Step // the zero Step for a process
	next       int64      // where the tail ended
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
			if q.Step != "" && q.Step != step.Name && q.Step != strconv.Itoa(step.Index) {
				continue
			}
			name := strings.Trim(step.Stage+" "+step.Name, " ")
			for _, path := range a.stepLogs(run, step) {
				if _, err := os.Stat(path); err == nil {
					sources = append(sources, &logSource{name: name, path: path, step: step})
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

// printTail sends the last lines of a log and remembers where it ended.
func (a *App) printTail(ctx context.Context, s *logSource, lines int, send func(gemba.LogLine) error) error {
	var last []gemba.LogLine
	err := process.Follow(ctx, s.path, 0, func() bool { return false }, func(line gemba.LogLine, next int64) error {
		s.next = next
		line, shown := readable(s.step, line)
		if !shown {
			return nil
		}
		line.Source = s.name
		if lines < 0 {
			return send(line)
		}
		if last = append(last, line); len(last) > 2*lines+16 {
			last = append(last[:0], last[len(last)-lines:]...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if lines >= 0 && len(last) > lines {
		last = last[len(last)-lines:]
	}
	for _, line := range last {
		if err := send(line); err != nil {
			return err
		}
	}
	return nil
}
