package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gemba"
)

// ErrCancelled is the cause of a run's end when a person cancelled it.
var ErrCancelled = errors.New("cancelled")

// cancellation is ErrCancelled by somebody.
type cancellation struct{ by string }

func (c *cancellation) Error() string        { return ErrCancelled.Error() + " by " + c.by }
func (c *cancellation) Is(target error) bool { return target == ErrCancelled }

// canceller is who ended ctx, or somebody else when it was not cancelled by a person.
func canceller(ctx context.Context, otherwise string) string {
	if c := (*cancellation)(nil); errors.As(context.Cause(ctx), &c) {
		return c.by
	}
	return otherwise
}

// Engine carries runs. It owns no state that a restart would miss: everything it must remember is in the store.
type Engine struct {
	store Store
	work  Work
	now   func() time.Time
	log   *slog.Logger
	locks *locks
	watch *watchers

	base context.Context // ends when the engine stops; runs then stay as they are, to be resumed
	stop context.CancelFunc
	done sync.WaitGroup

	asking sync.Mutex // held by who answers a run that asks, or cancels it: one of them is first

	mu      sync.Mutex
	cancels map[int64]context.CancelCauseFunc
	answers map[int64]Answer
}

// New returns an engine that does nothing until Resume or Accept.
func New(store Store, work Work, now func() time.Time, log *slog.Logger) *Engine {
	base, stop := context.WithCancel(context.Background())
	return &Engine{
		store: store, work: work, now: now, log: log,
		locks: newLocks(), watch: newWatchers(),
		base: base, stop: stop,
		cancels: map[int64]context.CancelCauseFunc{}, answers: map[int64]Answer{},
	}
}

// Accept makes a run durable and starts it.
func (e *Engine) Accept(ctx context.Context, run gemba.Run, plan *Plan) (gemba.Run, error) {
	run.State, run.Created, run.Steps = gemba.Pending, e.now().UTC(), plan.Steps()
	run.Kind = string(plan.Kind)
	text, err := json.Marshal(plan)
	if err != nil {
		return run, fmt.Errorf("encoding the plan of a run: %w", err)
	}
	run, err = e.store.Create(ctx, run, text, e.fact(run, "run.accepted", map[string]any{"commit": run.Commit, "kind": plan.Kind, "left_out": run.LeftOut}))
	if err != nil {
		return run, fmt.Errorf("accepting a run: %w", err)
	}
	e.start(run, plan)
	return run, nil
}

// Resume takes up every run that is not over, in the order in which they were accepted.
func (e *Engine) Resume(ctx context.Context) error {
	runs, err := e.store.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("finding the runs to resume: %w", err)
	}
	// Those that were inside an environment go first: they hold it.
	for _, inside := range []bool{true, false} {
		for _, run := range runs {
			if e.isInside(run) != inside {
				continue
			}
			plan, err := e.plan(ctx, run.ID)
			if err != nil {
				return err
			}
			if stage := currentStage(run); inside && stage != "" {
				if s, ok := plan.Stage(stage); ok {
					e.locks.take(s.Environment, run.ID)
				}
			}
			e.start(run, plan)
		}
	}
	return nil
}

// Stop lets go of every run and returns when none is being carried any more. They stay unfinished, for Resume.
func (e *Engine) Stop() {
	e.stop()
	e.done.Wait()
}

// Cancel ends a run. A step that is under way is undone or stopped first.
func (e *Engine) Cancel(ctx context.Context, id int64, actor string) error {
	e.mu.Lock()
	cancel, live := e.cancels[id]
	if live {
		cancel(&cancellation{actor})
	}
	e.mu.Unlock()
	if live {
		return nil
	}
	return e.cancelAsking(ctx, id, actor)
}

// cancelAsking ends a run that waits for an answer, and gives its environment to the next.
func (e *Engine) cancelAsking(ctx context.Context, id int64, actor string) error {
	e.asking.Lock()
	defer e.asking.Unlock()
	run, err := e.store.Run(ctx, id)
	if err != nil {
		return err
	}
	if run.State != gemba.Asking {
		return gemba.Fail(gemba.Conflict, fmt.Sprintf("run %d cannot be cancelled", id), "it is over: "+string(run.State), "")
	}
	plan, err := e.plan(ctx, id)
	if err != nil {
		return err
	}
	environment := e.environmentOf(plan, currentStage(run))
	e.conclude(ctx, &run, actor, Outcome{State: gemba.Cancelled, Verdict: gemba.RunCancelled})
	e.locks.give(environment, id)
	return nil
}

// Answer tells a run that asks how its interrupted step ended, and lets it go on.
func (e *Engine) Answer(ctx context.Context, id int64, answer Answer, actor string) error {
	e.asking.Lock()
	defer e.asking.Unlock()
	run, err := e.store.Run(ctx, id)
	if err != nil {
		return err
	}
	if run.State != gemba.Asking {
		return gemba.Fail(gemba.Conflict, fmt.Sprintf("run %d asks nothing", id), "it is "+string(run.State), "")
	}
	plan, err := e.plan(ctx, id)
	if err != nil {
		return err
	}
	run.State = gemba.Running
	fact := e.fact(run, "run.answered", map[string]any{"answer": answer})
	fact.Actor = actor
	if err := e.store.Save(ctx, run, nil, fact); err != nil {
		return fmt.Errorf("keeping the answer: %w", err)
	}
	e.mu.Lock()
	e.answers[id] = answer
	e.mu.Unlock()
	e.start(run, plan)
	return nil
}

// Watch returns a channel that gets the run as it is now and after every
// change, the newest only when the reader is slow. It closes when ctx ends.
func (e *Engine) Watch(ctx context.Context, id int64) (<-chan gemba.Run, error) {
	ch := e.watch.add(ctx, id)
	run, err := e.store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	e.watch.offer(ch, run)
	return ch.runs, nil
}

func (e *Engine) plan(ctx context.Context, id int64) (*Plan, error) {
	text, err := e.store.Plan(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("reading the plan of run %d: %w", id, err)
	}
	var plan Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return nil, fmt.Errorf("decoding the plan of run %d: %w", id, err)
	}
	return &plan, nil
}

func (e *Engine) fact(run gemba.Run, kind string, data any) gemba.Event {
	return gemba.Event{Time: e.now().UTC(), Actor: run.Actor, Kind: kind, Subject: "service/" + run.Service, Run: run.ID, Data: encode(data)}
}

// isInside reports whether the run had entered an environment and not left it.
func (e *Engine) isInside(run gemba.Run) bool {
	stage := currentStage(run)
	if stage == "" {
		return false
	}
	for _, s := range run.Steps {
		if s.Stage == stage && s.State != gemba.Pending && s.State != gemba.Waiting {
			return true
		}
	}
	return false
}

// currentStage is the stage of the first step that is not over.
func currentStage(run gemba.Run) string {
	for _, s := range run.Steps {
		if !s.State.Over() {
			return s.Stage
		}
	}
	return ""
}
