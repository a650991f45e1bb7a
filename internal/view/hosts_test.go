package view

import (
	"strings"
	"testing"
	"time"

	"gemba"
)

func standingHost(environment, name, profile string, change func(*gemba.HostState)) gemba.HostState {
	h := gemba.HostState{
		Target: gemba.Target{Environment: environment, Group: profile, Profile: profile,
			Host: gemba.Host{Name: name, Kind: gemba.HostSSH, Address: name + ".example.org", User: "root"}},
		Observed: noon.Add(-3 * time.Minute), Applied: noon.Add(-50 * time.Hour), Commit: "4f2a91c0d3b86f7a1f0f3a6a7f1f2e3d4c5b6a79",
	}
	if change != nil {
		change(&h)
	}
	return h
}

// fleet begins with two hosts that are as declared.
func fleet() []gemba.HostState {
	motd := gemba.Change{Resource: "file./etc/motd", Kind: "file", Name: "/etc/motd", Action: gemba.ActionUpdate,
		Diffs: []gemba.Diff{{Attribute: "mode", From: "0600", To: "0644"}}}
	return []gemba.HostState{
		standingHost("production", "web-1", "web", nil),
		standingHost("production", "web-2", "web", nil),
		standingHost("production", "web-10", "web", func(h *gemba.HostState) {
			h.Changes, h.Since = []gemba.Change{motd, motd, motd}, noon.Add(-2*time.Hour)
		}),
		standingHost("production", "database-of-the-northern-region-1", "database", func(h *gemba.HostState) {
			h.Observed, h.Target.Host.Port = noon.Add(-26*time.Hour), 2222
			h.Error = "dial tcp 10.0.0.9:2222: connect: no route to host\x1b[2J"
		}),
		standingHost("staging", "here", "web", func(h *gemba.HostState) {
			h.Applied, h.Commit, h.Changes, h.Since = time.Time{}, "", []gemba.Change{motd}, noon.Add(-time.Minute)
			h.Target.Host = gemba.Host{Name: "here", Kind: gemba.HostLocal}
		}),
		standingHost("staging", "web-3", "web", func(h *gemba.HostState) {
			h.Changes, h.Since = []gemba.Change{motd}, noon.Add(-5*24*time.Hour)
		}),
	}
}

func TestHosts(t *testing.T) {
	for name, hosts := range map[string][]gemba.HostState{"fleet": fleet(), "calm": fleet()[:2], "none": nil} {
		shows(t, "hosts/"+name, func(t *testing.T, on Terminal) string {
			return rendered(t, func(b *strings.Builder) error { return Hosts(b, on, hosts, noon) })
		})
	}
}

func TestHowHostsStandInASentence(t *testing.T) {
	all := fleet()
	for want, hosts := range map[string][]gemba.HostState{
		"2 of 6 hosts differ from what is declared; 1 does not answer; 1 was never applied.": all,
		"Both hosts are as declared.":                        all[:2],
		"All 3 hosts are as declared.":                       {all[0], all[1], all[0]},
		"The only host is as declared.":                      all[:1],
		"The only host differs from what is declared.":       all[2:3],
		"1 of 2 hosts does not answer.":                      {all[0], all[3]},
		"2 of 2 hosts were never applied.":                   {all[4], all[4]},
		"1 of 2 hosts does not answer; 1 was never applied.": {all[3], all[4]},
	} {
		if got := HostsSentence(hosts); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestHostsAreInTheOrderOfTheirNumbers(t *testing.T) {
	var names []string
	for _, h := range HostsInOrder(fleet()) {
		names = append(names, h.Target.Host.Name)
	}
	if got := strings.Join(names, " "); got != "database-of-the-northern-region-1 web-1 web-2 web-10 here web-3" {
		t.Error(got)
	}
}

func TestAnAddressIsSaidAsSSHTakesIt(t *testing.T) {
	for want, h := range map[string]gemba.Host{
		"this machine":      {Kind: gemba.HostLocal},
		"10.0.0.2":          {Kind: gemba.HostSSH, Address: "10.0.0.2"},
		"ana@10.0.0.2:2222": {Kind: gemba.HostSSH, Address: "10.0.0.2", User: "ana", Port: 2222},
		"[2001:db8::2]:22":  {Kind: gemba.HostSSH, Address: "2001:db8::2", Port: 22},
		"/srv/images/base":  {Kind: gemba.HostRootFS, Address: "/srv/images/base"},
	} {
		if got := HostAddress(h); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
