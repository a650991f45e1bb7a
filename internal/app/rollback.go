package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/deploy"
	"gemba/internal/pipeline"
)

// Rollback brings an earlier release back into an environment, as a run of its own.
func (a *App) Rollback(ctx context.Context, actor string, ask contract.Rollback) (gemba.Run, error) {
	now, err := a.placedIn(ctx, ask.Environment, ask.Service)
	if err != nil {
		return gemba.Run{}, err
	}
	release, err := a.chooseRelease(ctx, now, ask.To)
	if err != nil {
		return gemba.Run{}, err
	}
	plan, err := a.rollbackPlan(ctx, now, release)
	if err != nil {
		return gemba.Run{}, err
	}
	run := gemba.Run{Service: release.Service, Commit: release.Commit, Actor: actor, Artifact: &gemba.Artifact{Digest: release.Artifact, Service: release.Service}}
	if known, err := a.store.Artifact(ctx, release.Artifact); err == nil {
		run.Artifact = &known
	}
	run.Notes = []string{fmt.Sprintf("chose release %s of %s, instead of %s of %s", release.ID.Short(), release.Commit.Short(), now.Release.ID.Short(), now.Release.Commit.Short())}
	return a.engine.Accept(ctx, run, plan)
}

func (a *App) placedIn(ctx context.Context, environment, service string) (deploy.Placement, error) {
	all, err := a.store.Placed(ctx)
	if err != nil {
		return deploy.Placement{}, err
	}
	var match []deploy.Placement
	var environments, services []string
	for _, p := range all {
		environments = append(environments, p.Environment)
		if p.Environment == environment {
			services = append(services, p.Service)
		}
		if p.Environment == environment && (service == "" || p.Service == service) {
			match = append(match, p)
		}
	}
	switch {
	case len(match) == 1:
		return match[0], nil
	case len(match) > 1:
		return deploy.Placement{}, gemba.Fail(gemba.Invalid, "which service?", environment+" has "+strings.Join(services, ", "), "gemba rollback "+environment+" --service "+services[0])
	case len(services) > 0:
		return deploy.Placement{}, gemba.Fail(gemba.NotFound, fmt.Sprintf("%q is not deployed in %s", service, environment), "it has "+strings.Join(services, ", "), "gemba status")
	}
	return deploy.Placement{}, nothingIn(environment, environments)
}

// nothingIn says where there is something instead.
func nothingIn(environment string, environments []string) error {
	slices.Sort(environments)
	environments = slices.Compact(environments)
	why, try := "no environment has anything yet", "gemba ship"
	if len(environments) > 0 {
		why, try = "there is something in "+strings.Join(environments, ", "), "gemba status"
	}
	return gemba.Fail(gemba.NotFound, fmt.Sprintf("nothing is deployed in %q", environment), why, try)
}

// chooseRelease is the one that is asked for, or the one that was placed before and that nobody went back from.
func (a *App) chooseRelease(ctx context.Context, now deploy.Placement, to gemba.ReleaseID) (gemba.Release, error) {
	if to != "" {
		return a.store.Release(ctx, now.Environment, now.Service, string(to))
	}
	history, err := a.store.History(ctx, now.Environment, now.Service, 0)
	if err != nil {
		return gemba.Release{}, err
	}
	if before, ok := deploy.Before(history); ok {
		return before.Release, nil
	}
	return gemba.Release{}, gemba.Fail(gemba.NotFound, "there is no release to go back to", fmt.Sprintf("none was in %s before %s that was not gone back from", now.Environment, now.Release.Commit.Short()), "gemba releases "+now.Environment+" lists them all; choose one with --to")
}

// rollbackPlan places the release and verifies it as its pipeline does.
func (a *App) rollbackPlan(ctx context.Context, now deploy.Placement, release gemba.Release) (*pipeline.Plan, error) {
	stage := gemba.Stage{Name: now.Environment, Environment: now.Environment}
	if now.Run != 0 {
		text, err := a.store.Plan(ctx, now.Run)
		if err != nil {
			return nil, fmt.Errorf("reading how it was verified: %w", err)
		}
		var before pipeline.Plan
		if err := decode(text, &before); err != nil {
			return nil, err
		}
		for _, s := range before.Pipeline.Stages {
			if s.Environment == now.Environment {
				stage = s
			}
		}
	}
	return &pipeline.Plan{
		Kind: pipeline.Rollback, Release: release.ID, Service: gemba.Service{Name: release.Service, Processes: release.Processes},
		Pipeline:     gemba.Pipeline{Service: release.Service, Stages: []gemba.Stage{stage}},
		Environments: []gemba.Environment{{Name: now.Environment, Deploys: []gemba.Deploy{release.Deploy}}},
		Secrets:      release.SecretSources,
	}, nil
}

// Releases returns those that were placed in an environment, latest first.
func (a *App) Releases(ctx context.Context, environment, service string, limit int) ([]gemba.Deployment, error) {
	now, err := a.placedIn(ctx, environment, service)
	if err != nil {
		return nil, err
	}
	placed, err := a.store.Releases(ctx, environment, now.Service, limit)
	if err != nil {
		return nil, err
	}
	var releases []gemba.Deployment
	for _, p := range placed {
		releases = append(releases, gemba.Deployment{
			Environment: p.Environment, Service: p.Service, Release: p.Release.ID, Artifact: p.Release.Artifact, Commit: p.Release.Commit, Run: p.Run, Since: p.Since,
		})
	}
	return releases, nil
}
