package app

import (
	"context"
	"fmt"
	"time"

	"gemba"
	"gemba/internal/pipeline"
)

// task runs a script of a stage before the release is placed. One that must run once, and whose end nobody saw, asks.
func (w *work) task(ctx context.Context, job pipeline.Job) pipeline.Outcome {
	stage, _ := job.Plan.Stage(job.Step.Stage)
	declared, ok := find(stage.Tasks, func(t gemba.Task) bool { return t.Name == job.Step.Name })
	if !ok {
		return pipeline.Error(fmt.Errorf("stage %q declares no task %q", job.Step.Stage, job.Step.Name))
	}
	switch job.Answer {
	case pipeline.Done:
		return pipeline.Succeed(job.Run.Actor + " said that it did its work")
	case pipeline.Failed:
		return pipeline.Fail(gemba.RunErrored, "a person said that it failed")
	}
	if declared.Once && job.Answer == pipeline.NoAnswer && w.endUnknown(ctx, job) {
		return pipeline.Outcome{State: gemba.Asking, Message: "it was interrupted and must not run twice; say how it ended"}
	}
	release, err := w.release(ctx, job)
	if err != nil {
		return pipeline.Error(err)
	}
	exit, err := w.inRelease(ctx, job, release, declared.Run, time.Duration(declared.Timeout), nil)
	if err != nil {
		return pipeline.Error(err)
	}
	if declared.Once && exit.Reason == "lost" {
		return pipeline.Outcome{State: gemba.Asking, Message: "its supervisor was killed before it ended; say how it ended"}
	}
	if !exit.OK() {
		return pipeline.Fail(gemba.RunErrored, describe(exit))
	}
	return pipeline.Succeed("")
}

// endUnknown reports whether the task was started, has ended, and left no record of how.
func (w *work) endUnknown(ctx context.Context, job pipeline.Job) bool {
	task, err := w.tasks.Find(taskName(job.Run.ID, job.Step))
	if err != nil {
		return false // it never started
	}
	if _, err := task.Status(ctx); err == nil {
		return false // it still runs
	}
	exit, err := task.Wait(ctx)
	return err != nil || exit.Reason == "lost"
}
