package app

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/converge"
	"gemba/internal/human"
	"gemba/internal/pipeline"
)

// hostsPlan is the way of a commit that declares hosts and no service: to the hosts of each environment, the copies first.
func (a *App) hostsPlan(f found, governs governing, variables map[string]string) (*pipeline.Plan, bool) {
	plan := &pipeline.Plan{Kind: pipeline.Converge, Service: gemba.Service{Name: filepath.Base(f.scope())}, Dir: f.scope(), Variables: variables}
	for _, e := range converge.Way(governs.declared.Environments) {
		plan.Environments = append(plan.Environments, e)
		plan.Pipeline.Stages = append(plan.Pipeline.Stages, gemba.Stage{Name: e.Name, Environment: e.Name})
	}
	return plan, len(plan.Environments) > 0
}

// converge brings the hosts of the stage's environment to what the commit declares, batch after batch, and looks again.
func (w *work) converge(ctx context.Context, job pipeline.Job) pipeline.Outcome {
	environment, ok := job.Plan.Environment(job.Step.Stage)
	if !ok {
		return pipeline.Error(fmt.Errorf("the plan has no environment %q", job.Step.Stage))
	}
	ask := contract.Converge{
		Dir: job.Plan.Dir, Revision: job.Run.Commit.Hash, Variables: job.Plan.Variables, Environment: environment.Name,
		Apply: true, Reason: fmt.Sprintf("run %d", job.Run.ID),
	}
	seen := &tally{work: w, ctx: ctx}
	for _, batch := range converge.Batches(environment) {
		w.say(ctx, "converging "+strings.Join(batch, ", "))
		ask.Hosts = batch
		if err := w.convergeIn(ctx, job.Run.Actor, ask, job.Plan.Environments, seen.frame); err != nil {
			return pipeline.Error(err)
		}
		if len(seen.bad) > 0 {
			return pipeline.Fail(gemba.RunErrored, "not as declared: "+strings.Join(seen.bad, "\n"))
		}
	}
	ask.Apply, ask.Drift, ask.Hosts = false, true, nil
	again := &tally{work: w, ctx: ctx}
	if err := w.convergeIn(ctx, job.Run.Actor, ask, job.Plan.Environments, again.frame); err != nil {
		return pipeline.Error(err)
	}
	if len(again.bad)+again.differs > 0 {
		return pipeline.Fail(gemba.RunErrored, "it was converged, and looked at again it differs\n"+strings.Join(again.bad, "\n"))
	}
	outcome := pipeline.Succeed(fmt.Sprintf("%s, %d changed, %d unchanged", human.Plural(int64(again.hosts), "host", "hosts"), seen.changed, again.unchanged))
	if seen.changed == 0 {
		outcome.State, outcome.Message = gemba.Reused, fmt.Sprintf("%s as declared", human.Plural(int64(again.hosts), "host is", "hosts are"))
	}
	return outcome
}

// tally counts what becomes of hosts, and writes it to the step's log.
type tally struct {
	work                               *work
	ctx                                context.Context
	hosts, changed, unchanged, differs int
	bad                                []string
}

func (t *tally) frame(f gemba.HostFrame) error {
	switch {
	case f.Plan != nil:
		t.hosts++
		t.unchanged += f.Plan.Unchanged
		t.differs += len(f.Plan.Changes)
	case f.Applied != nil:
		t.applied(f.Host, *f.Applied)
	case f.Result != nil:
		t.changed += f.Result.Changed
		if f.Result.Error != "" {
			t.bad = append(t.bad, f.Host+": "+f.Result.Error)
		}
	}
	return nil
}

func (t *tally) applied(host string, a gemba.Applied) {
	line := fmt.Sprintf("%s  %s %s", host, a.Change.Action, a.Change.Resource)
	if !a.Good() {
		why := a.Error
		if why == "" {
			why = "it was changed, and is still not as declared"
		}
		t.bad = append(t.bad, fmt.Sprintf("%s: %s: %s", host, a.Change.Resource, why))
		line += ": " + why
	}
	t.work.say(t.ctx, line)
	for _, l := range a.Log {
		t.work.say(t.ctx, "  "+l)
	}
}
