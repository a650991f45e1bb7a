package web

import (
	"fmt"
	"net/http"
	"strings"

	"gemba"
	"gemba/internal/view"
)

type hostPage struct {
	frame
	hostView
	Text    string
	Why     string // it does not answer; "" where the sentence says it
	Look    string // the command that looks at it again
	Right   string // the command that puts it right
	Differs []changeView
	Hidden  int  // changes that are not on the page
	Lined   bool // some lines of texts are shown
	Events  []gemba.Event
}

func (h *dashboard) host(w http.ResponseWriter, r *http.Request) error {
	hosts, err := h.src.Hosts(r.Context())
	if err != nil {
		return err
	}
	environment, name := r.PathValue("environment"), r.PathValue("name")
	for _, s := range hosts {
		if s.Target.Environment == environment && s.Target.Host.Name == name {
			return h.showHost(w, r, hostView{s})
		}
	}
	return noHost(name+" in "+environment, hosts)
}

func (h *dashboard) showHost(w http.ResponseWriter, r *http.Request, v hostView) error {
	events, err := h.src.Events(r.Context(), 0, 0, 20, 0, "host/"+v.Name())
	if err != nil {
		return err
	}
	p := hostPage{frame: h.frame("hosts", v.Name()), hostView: v, Events: events, Text: v.Name() + " " + view.StandingWords(v.Standing(), 1)}
	if v.Error != "" && len(v.Error) <= 200 && lead(v.Error) == v.Error {
		p.Text = strings.TrimSuffix(sentence(p.Text, v.Error), ".")
	} else {
		p.Why = legible(v.Error)
	}
	only := []gemba.HostState{v.HostState}
	switch v.Standing() {
	case gemba.Differs, gemba.NeverApplied:
		p.Right = commandOn("gemba apply", only)
	default:
		p.Look = commandOn("gemba drift", only)
	}
	p.Differs, p.Hidden = changeViews(v.Changes)
	for _, c := range p.Differs {
		p.Lined = p.Lined || c.lined()
	}
	return h.render(w, http.StatusOK, "host", p)
}

// hostAnywhere finds a host by its name alone, as the subject of an event has it.
func (h *dashboard) hostAnywhere(w http.ResponseWriter, r *http.Request) error {
	hosts, err := h.src.Hosts(r.Context())
	if err != nil {
		return err
	}
	var found []gemba.HostState
	for _, s := range view.HostsInOrder(hosts) {
		if s.Target.Host.Name == r.PathValue("name") {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return noHost(r.PathValue("name"), hosts)
	case 1:
		http.Redirect(w, r, hostView{found[0]}.Path(), http.StatusSeeOther)
		return nil
	}
	return h.render(w, http.StatusOK, "hosts", hostsPage{
		frame: h.frame("hosts", "Hosts"), Answer: hostAnswer(found), Groups: byEnvironment(found, hostsShown)})
}

func noHost(name string, hosts []gemba.HostState) error {
	why := "No host was looked at yet."
	if len(hosts) > 0 {
		why = "The hosts are " + few(view.HostsInOrder(hosts)) + "."
	}
	return gemba.Fail(gemba.NotFound, fmt.Sprintf("There is no host %q here", name), why, "")
}
