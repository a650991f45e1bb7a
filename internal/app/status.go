package app

import (
	"context"
	"fmt"

	"gemba"
	"gemba/internal/deploy"
)

// Status is what runs where.
func (a *App) Status(ctx context.Context) (gemba.Status, error) {
	status := gemba.Status{Server: a.Server(), Environments: []gemba.EnvironmentStatus{}}
	placed, err := a.store.Placed(ctx)
	if err != nil {
		return status, err
	}
	for _, p := range placed {
		deployment, err := a.deployer.Look(ctx, p)
		if err != nil {
			deployment = gemba.Deployment{Environment: p.Environment, Service: p.Service, Release: p.Release.ID, Artifact: p.Release.Artifact, Commit: p.Release.Commit, Since: p.Since, Reason: err.Error()}
		}
		deployment.Watch = a.watch.summary(ctx, p)
		a.judge(&deployment, p)
		status.Environments = addDeployment(status.Environments, deployment, p)
	}
	if status.Hosts, err = a.store.Hosts(ctx); err != nil {
		return status, err
	}
	status.Runs, err = a.store.Runs(ctx, "", 10)
	return status, err
}

// judge says whether the last answers of the deployment's processes were good, beside their running.
func (a *App) judge(deployment *gemba.Deployment, placed deploy.Placement) {
	if !deployment.Healthy {
		return
	}
	for _, p := range deployment.Processes {
		switch {
		case p.State == "restarting":
			deployment.Healthy, deployment.Reason = false, fmt.Sprintf("%s %s and is started again", p.Name, p.LastExit)
			return
		case p.State == "gone":
			deployment.Healthy, deployment.Reason = false, p.Name+" does not run"
			return
		}
	}
	if reason := a.watch.lastReason(placed); reason != "" {
		deployment.Healthy, deployment.Reason = false, reason
	}
}

// lastReason is why the latest probe of a placed release was not answered well; "" when it was.
func (w *watching) lastReason(placed deploy.Placement) string {
	w.mu.Lock()
	watcher := w.watcher
	w.mu.Unlock()
	if watcher == nil {
		return ""
	}
	for _, target := range w.targets(placed) {
		if answer, ok := watcher.Last(target.Key()); ok && !answer.Good {
			return target.Process + ": " + answer.Reason
		}
	}
	return ""
}

func addDeployment(environments []gemba.EnvironmentStatus, d gemba.Deployment, placed deploy.Placement) []gemba.EnvironmentStatus {
	for i := range environments {
		if environments[i].Name == d.Environment {
			environments[i].Deployments = append(environments[i].Deployments, d)
			return environments
		}
	}
	return append(environments, gemba.EnvironmentStatus{Name: d.Environment, Deployments: []gemba.Deployment{d}})
}
