package web

import (
	"fmt"
	"net/http"
	"slices"

	"gemba"
	"gemba/internal/view"
	"gemba/internal/view/line"
)

type servicePage struct {
	frame
	Name   string
	Line   line.Line
	Rows   []gemba.Deployment
	Runs   []gemba.Run
	Events []gemba.Event
}

func (h *dashboard) service(w http.ResponseWriter, r *http.Request) error {
	ctx, name := r.Context(), r.PathValue("name")
	status, err := h.src.Status(ctx)
	if err != nil {
		return err
	}
	runs, err := h.src.Runs(ctx, name, 20)
	if err != nil {
		return err
	}
	rows := slices.DeleteFunc(deployments(status), func(d gemba.Deployment) bool { return d.Service != name })
	if len(runs) == 0 && len(rows) == 0 {
		return gemba.Fail(gemba.NotFound, fmt.Sprintf("There is no service %q here", name), known("services", services(status)), "")
	}
	events, err := h.src.Events(ctx, 0, 0, 10, 0, "service/"+name)
	if err != nil {
		return err
	}
	return h.render(w, http.StatusOK, "service", servicePage{
		frame: h.frame("overview", name), Name: name, Line: h.line(status, name, runs), Rows: rows, Runs: runs, Events: events,
	})
}

type environmentPage struct {
	frame
	Environment gemba.EnvironmentStatus
	Hosts       []hostGroup // one, or none
	Events      []gemba.Event
}

func (h *dashboard) environment(w http.ResponseWriter, r *http.Request) error {
	ctx, name := r.Context(), r.PathValue("name")
	status, err := h.src.Status(ctx)
	if err != nil {
		return err
	}
	hosts := view.HostsInOrder(status.Hosts)
	environments := withHosts(status.Environments, hosts)
	var names []string
	for _, e := range environments {
		if e.Name != name {
			names = append(names, e.Name)
			continue
		}
		events, err := h.src.Events(ctx, 0, 0, 10, 0, "environment/"+name)
		if err != nil {
			return err
		}
		return h.render(w, http.StatusOK, "environment", environmentPage{
			frame: h.frame("overview", name), Environment: e, Hosts: byEnvironment(ofEnvironment(hosts, name), hostsShown/2), Events: events})
	}
	return gemba.Fail(gemba.NotFound, fmt.Sprintf("There is no environment %q here", name), known("environments", names), "")
}

// withHosts adds the environments that have hosts and no deployment.
func withHosts(environments []gemba.EnvironmentStatus, hosts []gemba.HostState) []gemba.EnvironmentStatus {
	all := slices.Clone(environments)
	for _, s := range hosts {
		if !slices.ContainsFunc(all, func(e gemba.EnvironmentStatus) bool { return e.Name == s.Target.Environment }) {
			all = append(all, gemba.EnvironmentStatus{Name: s.Target.Environment})
		}
	}
	return all
}

func known(nouns string, names []string) string {
	if len(names) == 0 {
		return "There are no " + nouns + " yet."
	}
	text := "The " + nouns + " are "
	for i, n := range names {
		switch {
		case i > 0 && i == len(names)-1:
			text += " and "
		case i > 0:
			text += ", "
		}
		text += n
	}
	return text + "."
}
