package app

import (
	"context"
	"fmt"
	"strings"

	"gemba"
	"gemba/internal/pipeline"
)

// work does the steps of runs: it is the pipeline's hands.
type work struct{ *App }

// Do implements pipeline.Work.
func (w *work) Do(ctx context.Context, job pipeline.Job) (pipeline.Outcome, error) {
	ctx = narrating(ctx, w.App, job)
	outcome := w.do(ctx, job)
	if ctx.Err() != nil && !outcome.State.Good() {
		return pipeline.Outcome{}, ctx.Err()
	}
	return outcome, nil
}

func (w *work) do(ctx context.Context, job pipeline.Job) pipeline.Outcome {
	switch job.Step.Kind {
	case gemba.StepBuild:
		return w.build(ctx, job)
	case gemba.StepTest:
		return w.test(ctx, job)
	case gemba.StepTask:
		return w.task(ctx, job)
	case gemba.StepDeploy:
		return w.deploy(ctx, job)
	case gemba.StepVerify:
		return w.verify(ctx, job)
	case gemba.StepConverge:
		return w.converge(ctx, job)
	}
	return pipeline.Error(fmt.Errorf("a step of an unknown kind %q", job.Step.Kind))
}

// Conclude implements pipeline.Work: what is deployed where, and what it was worth to who used it meanwhile.
func (w *work) Conclude(ctx context.Context, run gemba.Run) string {
	if run.Kind == string(pipeline.Converge) {
		return concludeHosts(run)
	}
	w.forgetWork(run)
	placed, err := w.store.Placed(ctx)
	if err != nil {
		return ""
	}
	var serves []string
	for _, p := range placed {
		if p.Service == run.Service && !p.Stopped {
			serves = append(serves, fmt.Sprintf("%s serves %s", p.Environment, p.Release.Commit.Short()))
		}
	}
	var sentences []string
	if run.State == gemba.Asking {
		sentences = append(sentences, "It is not known whether an interrupted step did its work.")
	}
	if len(serves) > 0 {
		sentences = append(sentences, capital(strings.Join(serves, ", "))+".")
	} else if run.State != gemba.Succeeded {
		sentences = append(sentences, "Nothing is deployed.")
	}
	if traffic := w.trafficOf(run); traffic.Requests > 0 {
		sentences = append(sentences, fmt.Sprintf("%d of %d requests failed.", traffic.Failed, traffic.Requests))
	}
	return strings.Join(sentences, " ")
}

// concludeHosts says which environments have what the commit declares of hosts.
func concludeHosts(run gemba.Run) string {
	var sentences []string
	for _, s := range run.Steps {
		switch {
		case s.State.Good():
			sentences = append(sentences, capital(s.Stage)+" is as "+run.Commit.Short()+" declares.")
		case s.State == gemba.Left:
			sentences = append(sentences, capital(s.Stage)+" was not touched.")
		}
	}
	return strings.Join(sentences, " ")
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
