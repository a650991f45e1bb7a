package app

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gemba"
	"gemba/internal/driver/process"
)

// Stream calls send with the run after every change and with each line that its steps print, until the run is over or asks.
func (a *App) Stream(ctx context.Context, id int64, send func(gemba.Frame) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	runs, err := a.engine.Watch(ctx, id)
	if err != nil {
		return err
	}
	s := &streaming{app: a, send: send, followed: map[int]bool{}, fail: cancel}
	var rest <-chan time.Time // while it runs, the newest state waits for its turn
	var newest *gemba.Run
	for {
		select {
		case run, open := <-runs:
			if !open {
				return ctx.Err()
			}
			s.follow(ctx, run)
			if run.State.Over() || run.State == gemba.Asking {
				s.lines.Wait() // what was printed comes before the end
				return s.frame(gemba.Frame{Run: &run})
			}
			if newest = &run; rest != nil {
				continue
			}
		case <-rest:
			rest = nil
		}
		if newest == nil {
			continue
		}
		if err := s.frame(gemba.Frame{Run: newest}); err != nil {
			return err
		}
		newest, rest = nil, time.After(streamPace)
	}
}

// streamPace is the least time between two states of a run: who watches sees no difference, and steps that take
// milliseconds are not slowed down by being told of.
const streamPace = 30 * time.Millisecond

// streaming sends the frames of one run from several logs, one at a time.
type streaming struct {
	app      *App
	fail     context.CancelFunc
	lines    sync.WaitGroup
	followed map[int]bool

	mu   sync.Mutex
	last gemba.Run
	send func(gemba.Frame) error
}

func (s *streaming) frame(f gemba.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Run != nil {
		s.last = *f.Run
	}
	return s.send(f)
}

// follow begins to read the log of each step that has begun.
func (s *streaming) follow(ctx context.Context, run gemba.Run) {
	s.mu.Lock()
	s.last = run
	s.mu.Unlock()
	for _, step := range run.Steps {
		if step.Started.IsZero() || s.followed[step.Index] || step.State == gemba.Reused {
			continue
		}
		s.followed[step.Index] = true
		s.lines.Go(func() {
			path := s.app.stepLog(ctx, run, step, func() bool { return s.running(step.Index) })
			if path == "" {
				return
			}
			err := process.Follow(ctx, path, 0, func() bool { return s.running(step.Index) }, func(line gemba.LogLine, _ int64) error {
				line, shown := readable(step, line)
				if !shown {
					return nil
				}
				line.Source = step.Name
				return s.frame(gemba.Frame{Step: step.Index, Log: &line})
			})
			if err != nil {
				s.fail()
			}
		})
	}
}

func (s *streaming) running(step int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.last.Steps[step].State.Over() && s.last.State != gemba.Asking
}

// stepLog is the path of what a step prints: of its supervisor, or of what Gemba narrates of it. While the step runs it waits
// until one of them is there; "" when the step is over and printed nothing.
func (a *App) stepLog(ctx context.Context, run gemba.Run, step gemba.Step, running func() bool) string {
	candidates := a.stepLogs(run, step)
	for {
		live := running()
		for _, path := range candidates {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
		if !live || ctx.Err() != nil {
			return ""
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (a *App) stepLogs(run gemba.Run, step gemba.Step) []string {
	paths := []string{a.paths.stepLog(run.ID, step.Index)}
	var detail struct {
		Task string `json:"task"`
	}
	_ = json.Unmarshal(step.Detail, &detail) // other details have no task
	if detail.Task == "" && step.Attempt > 0 {
		detail.Task = taskName(run.ID, step)
	}
	return append([]string{filepath.Join(a.paths.tasks(), detail.Task, "log")}, paths...)
}
