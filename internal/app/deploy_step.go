package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gemba"
	"gemba/internal/artifact"
	"gemba/internal/deploy"
	"gemba/internal/pipeline"
)

// deploy places the run's release in the stage's environment.
func (w *work) deploy(ctx context.Context, job pipeline.Job) pipeline.Outcome {
	release, err := w.release(ctx, job)
	if err != nil {
		return pipeline.Error(err)
	}
	leave, err := w.places.enter(ctx, release.Environment, release.Service)
	if err != nil {
		return pipeline.Error(err)
	}
	defer leave()
	if job.Plan.Kind == pipeline.Ship {
		// Every byte is checked before anything is touched.
		if err := w.oci.Verify(ctx, release.Artifact); err != nil {
			return buildAgain(err, release)
		}
	}
	before := w.servingCommit(ctx, release.Environment, release.Service)
	way := w.deployer.Deploy
	if job.Plan.Kind == pipeline.Rollback {
		way = w.deployer.Return
	}
	result, err := way(ctx, release, job.Run.ID)
	if err != nil {
		return buildAgain(err, release)
	}
	w.watch.soon()
	outcome := pipeline.Outcome{Detail: result, Data: map[string]any{"release": release.ID, "result": result}}
	switch {
	case result.PutBack != nil:
		outcome.State, outcome.Verdict = gemba.Broken, gemba.PutBack
		outcome.Message = result.PutBack.Process + ": " + result.PutBack.Reason + "\n" + putBackTo(result, before)
		for _, line := range result.PutBack.Log {
			w.say(ctx, "  "+line.Text)
		}
	case result.Unchanged:
		outcome.State, outcome.Message = gemba.Reused, "it runs there already"
	default:
		outcome.State = gemba.Succeeded
		if result.Address != "" {
			outcome.Message = "serves at " + result.Address
		}
	}
	return outcome
}

// buildAgain is the outcome of what could not be placed: where its artifact is damaged, the way to make it again.
func buildAgain(err error, release gemba.Release) pipeline.Outcome {
	outcome := pipeline.Error(err)
	if damaged := (*artifact.CorruptError)(nil); errors.As(err, &damaged) {
		outcome.Try = "check the disk, then  gemba ship " + release.Service + " --commit " + release.Commit.Short()
	}
	return outcome
}

func putBackTo(result deploy.Result, before string) string {
	if result.PutBack.To == "" || before == "" {
		return "removed it; nothing served before"
	}
	if result.PutBack.Served {
		return "removed it again; " + before + " serves on"
	}
	return fmt.Sprintf("put back to %s in %s", before, time.Duration(result.PutBack.Took).Round(100*time.Millisecond))
}

// release is what this stage has to place: for a rollback the one that was asked for, else one made of the run's artifact.
func (w *work) release(ctx context.Context, job pipeline.Job) (gemba.Release, error) {
	environment, ok := job.Plan.Environment(job.Step.Stage)
	if !ok {
		return gemba.Release{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("the environment of stage %q is not declared", job.Step.Stage), "", "gemba check")
	}
	if job.Plan.Kind == pipeline.Rollback {
		return w.store.Release(ctx, environment.Name, job.Run.Service, string(job.Plan.Release))
	}
	if job.Run.Artifact == nil {
		return gemba.Release{}, gemba.Fail(gemba.Internal, "the run has no artifact", "its build step kept none", "")
	}
	how, _ := environment.Deploy(job.Run.Service)
	names := deploy.SecretNames(job.Plan.Service, how)
	versions, err := w.secrets.of(job.Plan.Secrets).versions(ctx, names)
	if err != nil {
		return gemba.Release{}, err
	}
	release, err := deploy.NewRelease(job.Plan.Service, environment, job.Run.Artifact.Digest, versions)
	if err != nil {
		return release, err
	}
	release.Commit, release.Created = job.Run.Commit, w.now().UTC()
	release.SecretSources = job.Plan.Secrets
	return release, nil
}

func (a *App) servingCommit(ctx context.Context, environment, service string) string {
	placed, err := a.store.Placed(ctx)
	if err != nil {
		return ""
	}
	for _, p := range placed {
		if p.Environment == environment && p.Service == service && !p.Stopped {
			return p.Release.Commit.Short()
		}
	}
	return ""
}

// trafficOf adds up the requests that came while the run's deploys went on.
func (a *App) trafficOf(run gemba.Run) deploy.Traffic {
	var sum deploy.Traffic
	for _, s := range run.Steps {
		var result deploy.Result
		if s.Kind != gemba.StepDeploy || json.Unmarshal(s.Detail, &result) != nil {
			continue
		}
		sum.Requests += result.Traffic.Requests
		sum.Failed += result.Traffic.Failed
	}
	return sum
}
