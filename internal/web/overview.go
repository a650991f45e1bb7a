package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/view"
	"gemba/internal/view/line"
)

// need is a sentence about something that waits for a person, and where to look.
type need struct {
	badge
	Text string
	More string // what is so all the same
	Path string
	Try  string // a command
}

type overviewPage struct {
	frame
	Status gemba.Status
	Needs  []need
	Lines  []line.Line
	Calm   []string // what to say when nothing is needed
	Hosts  string   // and of the hosts; "" where there are none
	Rows   []gemba.Deployment
	Bare   []gemba.EnvironmentStatus // environments that have nothing yet
}

func (h *dashboard) overview(w http.ResponseWriter, r *http.Request) error {
	status, err := h.src.Status(r.Context())
	if err != nil {
		return err
	}
	ledger, err := h.src.Ledger(r.Context())
	if err != nil {
		return err
	}
	p := overviewPage{frame: h.frame("overview", "Overview"), Status: status, Rows: deployments(status)}
	for _, service := range services(status) {
		runs, err := h.src.Runs(r.Context(), service, 20)
		if err != nil {
			return err
		}
		l := h.line(status, service, runs)
		p.Lines = append(p.Lines, l)
		p.Calm = append(p.Calm, standing(l)...)
	}
	for _, e := range status.Environments {
		if len(e.Deployments) == 0 {
			p.Bare = append(p.Bare, e)
		}
	}
	if len(status.Hosts) > 0 {
		p.Hosts = view.HostsSentence(status.Hosts)
	}
	p.Needs = needs(p.Lines, p.Rows, h.hostNeeds(status.Hosts), status.Server, ledger)
	return h.render(w, http.StatusOK, "overview", p)
}

// line computes a service's line from the newest runs and what is placed.
func (h *dashboard) line(status gemba.Status, service string, runs []gemba.Run) line.Line {
	return line.Of(service, stages(status, service, runs), runs, deployments(status), h.now())
}

// stages are those of the newest run; before the first one, the environments that have the service.
func stages(status gemba.Status, service string, runs []gemba.Run) []string {
	var names []string
	for _, r := range runs {
		for _, s := range r.Steps {
			if s.Stage != "" && !slices.Contains(names, s.Stage) {
				names = append(names, s.Stage)
			}
		}
		if len(names) > 0 {
			return names
		}
	}
	for _, d := range deployments(status) {
		if d.Service == service && !slices.Contains(names, d.Environment) {
			names = append(names, d.Environment)
		}
	}
	return names
}

func deployments(status gemba.Status) []gemba.Deployment {
	var all []gemba.Deployment
	for _, e := range status.Environments {
		all = append(all, e.Deployments...)
	}
	slices.SortStableFunc(all, func(a, b gemba.Deployment) int {
		switch {
		case a.Service < b.Service:
			return -1
		case a.Service > b.Service:
			return 1
		}
		return 0
	})
	return all
}

// services are all that are deployed or have runs, by name.
func services(status gemba.Status) []string {
	var names []string
	for _, d := range deployments(status) {
		names = append(names, d.Service)
	}
	for _, r := range status.Runs {
		names = append(names, r.Service)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// needs are the sentences about what a person has to look at, the worst first.
func needs(lines []line.Line, rows []gemba.Deployment, hosts []need, server gemba.Server, ledger LedgerState) []need {
	var list []need
	for _, d := range rows {
		if !d.Healthy && !d.Stopped {
			list = append(list, need{badge: healthBadge(d), Path: place(d),
				Text: sentence(fmt.Sprintf("%s in %s is unhealthy", d.Service, d.Environment), d.Reason), Try: logsOf(d.Service)})
		}
	}
	for _, l := range lines {
		if l.Stop != nil {
			list = append(list, need{badge: badge{"bad", "■", "stopped"}, Path: trainLink(*l.Stop),
				Text: sentence("The line of "+l.Service+" is stopped: "+l.Say(*l.Stop), ""), More: still(l)})
		}
		for _, t := range l.Trains {
			if t.State == line.Asking {
				list = append(list, need{badge: badge{"warn", "▲", "asks"}, Path: trainLink(t), Text: sentence(l.Service+": "+l.Say(t), "")})
			}
		}
	}
	list = append(list, hosts...)
	if ledger.Size > 0 && !ledger.Verified.IsZero() && !ledger.Sound {
		list = append(list, need{badge: badge{"bad", "■", "not sound"}, Path: "/ledger", Text: "The ledger does not prove whole.", Try: "gemba ledger verify"})
	}
	if server.Isolation != "" && server.Isolation != "whole" {
		list = append(list, need{badge: badge{"warn", "▲", "not isolated"}, Text: sentence("Builds are not isolated on this machine", server.Isolation), Try: "gemba doctor"})
	}
	return list
}

// standing says what each environment of a line serves, the last first.
func standing(l line.Line) []string {
	var said []string
	for i := len(l.Trains) - 1; i >= 0; i-- {
		if t := l.Trains[i]; t.State.Stands() {
			said = append(said, sentence(l.Service+": "+l.Say(t), ""))
		}
	}
	return said[:min(1, len(said))]
}

// still says what the last environment serves although the line is stopped.
func still(l line.Line) string {
	for i := len(l.Trains) - 1; i >= 0; i-- {
		if l.Trains[i].State == line.Arrived {
			return capital(l.Say(l.Trains[i])) + "."
		}
	}
	return ""
}

// logsOf is a command that can be pasted: a name that a shell would read otherwise gets none.
func logsOf(service string) string {
	if !pastes(service) {
		return ""
	}
	return "gemba logs " + service
}

// pastes reports whether a name can stand in a command as it is.
func pastes(name string) bool { return name != "" && slug(name) == name && name[0] != '-' }

func place(d gemba.Deployment) string {
	return subjectPath("environment/"+d.Environment) + "#" + slug(d.Service)
}

// sentence joins a clause and its reason, and ends with one full stop.
func sentence(clause, why string) string {
	if why != "" {
		clause += ": " + why
	}
	if n := len(clause); strings.HasSuffix(clause, "…") || n > 0 && (clause[n-1] == '.' || clause[n-1] == '!' || clause[n-1] == '?') {
		return clause
	}
	return clause + "."
}
