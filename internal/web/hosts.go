package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/human"
	"gemba/internal/view"
)

// hostsShown is about how many hosts are on a page, in equal parts of each environment; the page of one has all of it.
const hostsShown = 80

type hostsPage struct {
	frame
	Only   string // the one environment that is shown; "" is every one
	Answer need   // does a host need somebody?
	Groups []hostGroup
}

// hostGroup is the hosts of an environment.
type hostGroup struct {
	Environment string
	Rows        []hostView
	Hidden      int // as many more are not on the page
}

// hostView is a host as a page shows it.
type hostView struct{ gemba.HostState }

func (h *dashboard) hosts(w http.ResponseWriter, r *http.Request) error {
	hosts, err := h.src.Hosts(r.Context())
	if err != nil {
		return err
	}
	hosts = view.HostsInOrder(hosts)
	p := hostsPage{frame: h.frame("hosts", "Hosts"), Only: r.URL.Query().Get("environment")}
	most := hostsShown
	if p.Only != "" {
		hosts, most = ofEnvironment(hosts, p.Only), len(hosts)
		p.Title = "Hosts of " + p.Only
	}
	if len(hosts) > 0 {
		p.Answer = hostAnswer(hosts)
	}
	p.Groups = byEnvironment(hosts, most)
	return h.render(w, http.StatusOK, "hosts", p)
}

// hostAnswer says whether a host needs somebody, and what to do about it.
func hostAnswer(hosts []gemba.HostState) need {
	answer := need{badge: standingBadge(gemba.AsDeclared), Text: view.HostsSentence(hosts)}
	for _, s := range []gemba.Standing{gemba.NeverApplied, gemba.Differs, gemba.Silent} { // the sign is that of the worst
		if len(view.Standing(hosts, s)) > 0 {
			answer.badge = standingBadge(s)
		}
	}
	if wrong := append(view.Standing(hosts, gemba.Differs), view.Standing(hosts, gemba.NeverApplied)...); len(wrong) > 0 {
		answer.Try = commandOn("gemba apply", wrong)
	}
	return answer
}

func ofEnvironment(hosts []gemba.HostState, name string) []gemba.HostState {
	return slices.DeleteFunc(slices.Clone(hosts), func(s gemba.HostState) bool { return s.Target.Environment != name })
}

// byEnvironment groups hosts that are in order, with about as many rows in all as are asked for.
func byEnvironment(hosts []gemba.HostState, most int) []hostGroup {
	var groups []hostGroup
	for _, s := range hosts {
		if n := len(groups); n == 0 || groups[n-1].Environment != s.Target.Environment {
			groups = append(groups, hostGroup{Environment: s.Target.Environment})
		}
		last := &groups[len(groups)-1]
		last.Rows = append(last.Rows, hostView{s})
	}
	for i := range groups {
		groups[i].keep(max(most/len(groups), 5))
	}
	return groups
}

// keep leaves at most that many rows, in their order: those that need somebody, then the first of the others.
func (g *hostGroup) keep(most int) {
	g.Hidden = max(len(g.Rows)-most, 0)
	calm := func(v hostView) bool { return v.Standing() == gemba.AsDeclared }
	calmHidden := min(g.Hidden, len(slices.DeleteFunc(slices.Clone(g.Rows), func(v hostView) bool { return !calm(v) })))
	otherHidden := g.Hidden - calmHidden
	for i := len(g.Rows) - 1; i >= 0 && calmHidden+otherHidden > 0; i-- {
		left := &otherHidden
		if calm(g.Rows[i]) {
			left = &calmHidden
		}
		if *left > 0 {
			*left--
			g.Rows = slices.Delete(g.Rows, i, i+1)
		}
	}
}

// Name is the host's.
func (v hostView) Name() string { return v.Target.Host.Name }

// Path is the host's page.
func (v hostView) Path() string {
	return "/hosts/" + url.PathEscape(v.Target.Environment) + "/" + url.PathEscape(v.Name())
}

// ID names its row, once on a page.
func (v hostView) ID() string { return strings.TrimPrefix(v.Path(), "/") }

// Badge is how it stands.
func (v hostView) Badge() badge { return standingBadge(v.Standing()) }

// Address says how it is reached.
func (v hostView) Address() string { return view.HostAddress(v.Target.Host) }

// Short is the commit that was applied last, for people.
func (v hostView) Short() string { return gemba.Commit{Hash: v.Commit}.Short() }

// Applications is where the ledger has how it was applied.
func (v hostView) Applications() string {
	return "/ledger?" + filter{Subject: "host/" + v.Name(), Kind: "host.applied"}.query()
}

// Count is how many changes would put it right.
func (v hostView) Count() string { return plural(len(v.Changes), "change") }

// Drifted reports whether it is known since when it differs.
func (v hostView) Drifted() bool { return v.Standing() == gemba.Differs && !v.Since.IsZero() }

// Fresh reports whether what differs is what was found at the last look, not at one before it.
func (v hostView) Fresh() bool { return v.Error == "" && len(v.Changes) > 0 }

func standingBadge(s gemba.Standing) badge {
	switch s {
	case gemba.AsDeclared:
		return badge{"good", "●", string(s)}
	case gemba.Differs:
		return badge{"warn", "▲", string(s)}
	case gemba.Silent:
		return badge{"bad", "■", string(s)}
	}
	return badge{"idle", "○", string(s)}
}

// commandOn is a command on hosts that can be pasted; many hosts are all of them. A name that a shell would read
// otherwise gets none.
func commandOn(command string, hosts []gemba.HostState) string {
	const most = 3
	if len(hosts) > most {
		return command
	}
	for _, s := range hosts {
		name := s.Target.Host.Name
		if !pastes(name) {
			return ""
		}
		command += " " + name
	}
	return command
}

// hostNeeds are the sentences of the overview about hosts: one for each way in which some of them need somebody.
func (h *dashboard) hostNeeds(hosts []gemba.HostState) []need {
	var list []need
	hosts = view.HostsInOrder(hosts)
	for _, s := range []gemba.Standing{gemba.Silent, gemba.Differs, gemba.NeverApplied} {
		some := view.Standing(hosts, s)
		if len(some) == 0 {
			continue
		}
		n := need{badge: standingBadge(s), Path: "/hosts"}
		if len(some) == 1 {
			n.Path = hostView{some[0]}.Path()
			n.Text, n.More = h.hostNeed(some[0])
		} else {
			n.Text = fmt.Sprintf("%d hosts %s: %s.", len(some), view.StandingWords(s, len(some)), few(some))
		}
		n.Try = commandOn(map[gemba.Standing]string{gemba.Silent: "gemba drift"}[s], some)
		if s != gemba.Silent {
			n.Try = commandOn("gemba apply", some)
		}
		list = append(list, n)
	}
	return list
}

// hostNeed is what one host needs somebody for, and since when.
func (h *dashboard) hostNeed(s gemba.HostState) (text, more string) {
	text = fmt.Sprintf("Host %s in %s %s", s.Target.Host.Name, s.Target.Environment, view.StandingWords(s.Standing(), 1))
	switch v := (hostView{s}); {
	case s.Error != "":
		return sentence(text, brief(lead(s.Error))), ""
	case v.Drifted():
		return sentence(text, v.Count()), "First seen " + human.Ago(s.Since, h.now()) + "."
	case len(s.Changes) > 0:
		return sentence(text, v.Count()), ""
	}
	return sentence(text, ""), ""
}

// few names the first hosts, and counts the others.
func few(hosts []gemba.HostState) string {
	const most = 5
	var names []string
	for _, s := range hosts[:min(len(hosts), most)] {
		names = append(names, s.Target.Host.Name)
	}
	text := strings.Join(names, ", ")
	if rest := len(hosts) - most; rest > 0 {
		text += " and " + plural(rest, "other")
	}
	return text
}
