package pipeline

import (
	"context"
	"errors"
	"fmt"

	"gemba"
)

// start carries a run in the background.
func (e *Engine) start(run gemba.Run, plan *Plan) {
	if run.State == gemba.Asking {
		return // a person's answer starts it again
	}
	ctx, cancel := context.WithCancelCause(e.base)
	e.mu.Lock()
	e.cancels[run.ID] = cancel
	e.mu.Unlock()
	run = clone(run) // who started it may still read its own
	e.done.Go(func() {
		defer cancel(nil)
		e.carry(ctx, run, plan)
		e.mu.Lock()
		delete(e.cancels, run.ID)
		e.mu.Unlock()
		if errors.Is(context.Cause(ctx), ErrCancelled) {
			_ = e.cancelAsking(context.WithoutCancel(ctx), run.ID, canceller(ctx, run.Actor)) // in case it began to ask meanwhile
		}
	})
}

// carry takes a run through its steps: begin, do, finish, one after the other, until one says no or none is left.
// The finish of a step and the beginning of the next are one durable change.
func (e *Engine) carry(ctx context.Context, run gemba.Run, plan *Plan) {
	var inside string // the environment that the run holds
	defer func() { e.locks.give(inside, run.ID) }()

	var finished []gemba.Step // to be made durable with the next beginning
	var facts []gemba.Event
	for i := range run.Steps {
		step := &run.Steps[i]
		if step.State.Over() {
			continue
		}
		if next := e.environmentOf(plan, step.Stage); next != inside {
			if inside != "" || next != "" && e.mustWait(next, run.ID) {
				// Another run may be let in, or this one waits: what is finished has to be durable first.
				if !e.save(ctx, run, finished, facts) {
					return
				}
				finished, facts = nil, nil
			}
			e.locks.give(inside, run.ID)
			inside = ""
			if err := e.enter(ctx, &run, step, next); err != nil {
				e.interrupted(ctx, &run, step)
				return
			}
			inside = next
		}

		facts = append(facts, e.begin(&run, step))
		if !e.save(ctx, run, append(finished, *step), facts) {
			return
		}
		outcome, err := e.work.Do(ctx, Job{Run: clone(run), Plan: plan, Step: *step, Answer: e.takeAnswer(run.ID)})
		if err != nil {
			e.interrupted(ctx, &run, step)
			return
		}
		fact := e.finish(&run, step, outcome)
		if outcome.State == gemba.Asking {
			run.State = gemba.Asking
			run.Message = e.work.Conclude(ctx, run)
			e.save(ctx, run, []gemba.Step{*step}, []gemba.Event{fact})
			inside = "" // kept, so that nobody overtakes a run that is halfway through an environment
			return
		}
		if !outcome.State.Good() {
			e.conclude(ctx, &run, run.Actor, outcome, fact)
			return
		}
		finished, facts = []gemba.Step{*step}, []gemba.Event{fact}
	}
	e.conclude(ctx, &run, run.Actor, Outcome{State: gemba.Succeeded}, facts...)
}

// enter waits for the environment, saying for whom.
func (e *Engine) enter(ctx context.Context, run *gemba.Run, step *gemba.Step, environment string) error {
	if environment == "" {
		return nil
	}
	holder, turn := e.locks.take(environment, run.ID)
	if turn == nil {
		return nil
	}
	run.WaitsFor, step.State = holder, gemba.Waiting
	step.Message = fmt.Sprintf("waits for run %d to leave %s", holder, environment)
	if !e.save(ctx, *run, []gemba.Step{*step}, []gemba.Event{e.fact(*run, "run.waiting", map[string]any{"for": holder, "environment": environment})}) {
		e.locks.give(environment, run.ID)
		return context.Canceled
	}
	err := e.locks.await(ctx, environment, run.ID, turn)
	run.WaitsFor, step.Message = 0, ""
	return err
}

func (e *Engine) begin(run *gemba.Run, step *gemba.Step) gemba.Event {
	now := e.now().UTC()
	if run.Started.IsZero() {
		run.Started = now
	}
	resumed := step.State == gemba.Running || step.State == gemba.Asking
	run.State, step.State = gemba.Running, gemba.Running
	if resumed {
		return e.fact(*run, "step.resumed", stepData(*step, nil))
	}
	step.Attempt, step.Started = step.Attempt+1, now
	return e.fact(*run, "step.started", stepData(*step, nil))
}

func (e *Engine) finish(run *gemba.Run, step *gemba.Step, outcome Outcome) gemba.Event {
	step.State, step.Message, step.Try, step.Finished = outcome.State, outcome.Message, outcome.Try, e.now().UTC()
	if outcome.Detail != nil {
		step.Detail = encode(outcome.Detail)
	}
	if outcome.Artifact != nil {
		run.Artifact = outcome.Artifact
	}
	return e.fact(*run, "step."+string(outcome.State), stepData(*step, outcome.Data))
}

// conclude ends a run: what was not reached is left, the verdict follows from what stopped it. by is who let it come to that.
func (e *Engine) conclude(ctx context.Context, run *gemba.Run, by string, outcome Outcome, facts ...gemba.Event) {
	ctx = context.WithoutCancel(ctx)
	run.State, run.Verdict, run.Finished, run.WaitsFor = outcome.State, outcome.Verdict, e.now().UTC(), 0
	for i := range run.Steps {
		if !run.Steps[i].State.Over() {
			run.Steps[i].State = gemba.Left
		}
	}
	if run.State == gemba.Succeeded {
		run.Verdict = verdictOf(*run)
	}
	run.Message = e.work.Conclude(ctx, clone(*run))
	end := e.fact(*run, "run."+string(run.State), map[string]any{"verdict": run.Verdict, "message": run.Message, "seconds": run.Finished.Sub(run.Started).Seconds()})
	end.Actor = by
	e.save(ctx, *run, run.Steps, append(facts, end))
}

// interrupted is called when ctx ended: by a person, which ends the run; or with the engine, which leaves it to be resumed.
func (e *Engine) interrupted(ctx context.Context, run *gemba.Run, step *gemba.Step) {
	if !errors.Is(context.Cause(ctx), ErrCancelled) {
		return
	}
	step.State, step.Finished, step.Message = gemba.Cancelled, e.now().UTC(), "cancelled"
	e.conclude(ctx, run, canceller(ctx, run.Actor), Outcome{State: gemba.Cancelled, Verdict: gemba.RunCancelled})
}

// save makes a change durable and tells who watches. When the store fails, the run is let go as it was: a state that is not durable must not be
// acted on, and the run is resumed when the server is.
func (e *Engine) save(ctx context.Context, run gemba.Run, steps []gemba.Step, facts []gemba.Event) bool {
	if err := e.store.Save(context.WithoutCancel(ctx), run, steps, facts...); err != nil {
		e.log.Error("the state of a run could not be kept; it will be resumed", "run", run.ID, "error", err)
		run.Message = "the state could not be kept: " + err.Error()
		e.watch.tell(clone(run))
		return false
	}
	e.watch.tell(clone(run))
	return true
}

func (e *Engine) environmentOf(plan *Plan, stage string) string {
	if s, ok := plan.Stage(stage); ok {
		return s.Environment
	}
	return ""
}

func (e *Engine) mustWait(environment string, run int64) bool {
	e.locks.mu.Lock()
	defer e.locks.mu.Unlock()
	holder, busy := e.locks.held[environment]
	return busy && holder != run
}

func (e *Engine) takeAnswer(run int64) Answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	answer := e.answers[run]
	delete(e.answers, run)
	return answer
}

// verdictOf a run whose steps are all good.
func verdictOf(run gemba.Run) gemba.Verdict {
	for _, s := range run.Steps {
		if (s.Kind == gemba.StepDeploy || s.Kind == gemba.StepConverge) && s.State != gemba.Reused {
			return gemba.Shipped
		}
	}
	return gemba.Unchanged
}

func stepData(step gemba.Step, data any) map[string]any {
	fields := map[string]any{"step": step.Name, "kind": step.Kind, "attempt": step.Attempt}
	if step.Stage != "" {
		fields["stage"] = step.Stage
	}
	if step.Message != "" {
		fields["message"] = step.Message
	}
	if step.State.Over() && !step.Started.IsZero() {
		fields["seconds"] = step.Finished.Sub(step.Started).Seconds()
	}
	if data != nil {
		fields["data"] = data
	}
	return fields
}

// clone copies a run so that who reads it and who carries it do not share steps.
func clone(run gemba.Run) gemba.Run {
	run.Steps = append([]gemba.Step(nil), run.Steps...)
	return run
}
