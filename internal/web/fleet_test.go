package web_test

import (
	"fmt"
	"strings"
	"time"

	"gemba"
)

func hostState(now time.Time, environment, name, profile, address string) gemba.HostState {
	return gemba.HostState{
		Target: gemba.Target{Environment: environment, Group: profile, Profile: profile,
			Host: gemba.Host{Name: name, Kind: gemba.HostSSH, Address: address, User: "root", Place: gemba.Place{File: "servers.hcl", Line: 12}}},
		Observed: now.Add(-4 * time.Minute), Applied: now.Add(-52 * time.Hour), Commit: digestOf("The edge renews its certificate earlier")[:40],
	}
}

// drifted is what somebody did by hand on web-2, and what follows from it.
func drifted() []gemba.Change {
	place := func(line int) gemba.Place { return gemba.Place{File: "profiles/web.hcl", Line: line} }
	return []gemba.Change{
		{Resource: "file./etc/nginx/nginx.conf", Kind: "file", Name: "/etc/nginx/nginx.conf", Action: gemba.ActionUpdate, Place: place(31), Diffs: []gemba.Diff{
			{Attribute: "content", From: "sha256:1f0a44", To: "sha256:9c1e07", Lines: []string{"@@ -11,5 +11,4 @@", " http {", "-    client_max_body_size 900m;", "-    # quick fix, ask Jonas\r",
				"+    client_max_body_size 20m;", "     keepalive_timeout 65;", "\tgzip on;"}},
			{Attribute: "mode", From: "0666", To: "0644"},
		}},
		{Resource: "file./etc/guestbook/env", Kind: "file", Name: "/etc/guestbook/env", Action: gemba.ActionUpdate, Place: place(44), Diffs: []gemba.Diff{{Attribute: "content", Hidden: true}}},
		{Resource: "package.htop", Kind: "package", Name: "htop", Action: gemba.ActionRemove, Place: place(52), Diffs: []gemba.Diff{{Attribute: "version", From: "3.3.0-4"}}},
		{Resource: "user.deploy", Kind: "user", Name: "deploy", Action: gemba.ActionCreate, Place: place(60), Diffs: []gemba.Diff{{Attribute: "groups", To: "www-data"}, {Attribute: "shell", To: "/bin/bash"}}},
		{Resource: "command.migrate", Kind: "command", Name: "migrate", Action: gemba.ActionRun, Place: place(66), May: "it is not known whether the table exists"},
		{Resource: "service.nginx", Kind: "service", Name: "nginx", Action: gemba.ActionReload, Place: place(71), Because: "file./etc/nginx/nginx.conf"},
	}
}

// servers are the hosts of the busy afternoon: one was changed by hand, one does not answer, one is new.
func servers(m *memory, now time.Time) {
	m.hosts = []gemba.HostState{
		hostState(now, "production", "web-10", "web", "web-10.example.org"), hostState(now, "production", "web-1", "web", "web-1.example.org"),
		hostState(now, "production", "web-2", "web", "web-2.example.org"), hostState(now, "production", "db-1", "database", "10.0.4.9"),
		hostState(now, "staging", "here", "web", ""), hostState(now, "staging", "web-3", "web", "web-3.example.org"),
	}
	m.hosts[2].Changes, m.hosts[2].Since = drifted(), now.Add(-2*time.Hour)
	m.hosts[3].Error, m.hosts[3].Observed = "connecting to 10.0.4.9 port 22: no answer within 10 s", now.Add(-26*time.Hour)
	m.hosts[3].Target.Host.Port, m.hosts[3].Target.Host.Jump = 2222, "gate.example.org"
	here := &m.hosts[4]
	here.Target.Host = gemba.Host{Name: "here", Kind: gemba.HostLocal}
	here.Applied, here.Commit, here.Changes, here.Since = time.Time{}, "", drifted()[3:4], now.Add(-4*time.Minute)
	for i := range 14 {
		m.hosts = append(m.hosts, hostState(now, "production", fmt.Sprintf("worker-%d", i+1), "worker", fmt.Sprintf("10.0.5.%d", i+1)))
	}
	cause := m.tell(now.Add(-52*time.Hour), "host.applied", "host/web-2", 0, 0, `{"environment":"production","commit":"`+m.hosts[2].Commit+`"}`)
	m.tell(now.Add(-2*time.Hour), "host.drifted", "host/web-2", 0, cause, `{"environment":"production","changes":["update file./etc/nginx/nginx.conf"]}`)
	m.tell(now.Add(-25*time.Hour), "host.lost", "host/db-1", 0, cause, `{"environment":"production","why":"no answer within 10 s"}`)
}

// hostileServers have names and texts that are long, or try to be markup.
func hostileServers(m *memory, now time.Time, evil string) {
	long := "database-of-the-payments-reconciliation-and-settlement-of-the-northern-region-1"
	for i := range m.hosts {
		s := &m.hosts[i]
		if s.Target.Environment == "production" {
			s.Target.Environment = "production-eu-central-1-customer-facing"
		}
		switch s.Target.Host.Name {
		case "db-1":
			s.Target.Host.Name, s.Target.Host.Address, s.Target.Profile = long, long+".internal.example.org", long
			s.Error = strings.Repeat("connect: no route to host; ", 30) + evil + "\nsecond line " + strings.Repeat("endless", 300)
		case "here":
			s.Target.Host.Name = evil
		case "web-2":
			s.Changes[0].Name, s.Changes[0].Resource = "/etc/"+strings.Repeat("deep/", 40)+evil, "file./etc/"+evil
			s.Changes[0].Diffs[0].Lines = append(s.Changes[0].Diffs[0].Lines, "+"+evil, "-"+strings.Repeat("endless", 900), "+# \u202etxet nedloh\x1b[2J\xff")
			s.Changes[0].Diffs[1].From = strings.Repeat("0", 3000) + evil
			s.Changes[1].Resource = "file./etc/?" // the same slug as another's
			s.Changes[2].Resource = "file./etc/!"
			for n := range 300 {
				s.Changes[1].Diffs = append(s.Changes[1].Diffs, gemba.Diff{Attribute: evil, From: strings.Repeat("a", n), To: strings.Repeat("b", 400)})
			}
			for range 200 {
				s.Changes = append(s.Changes, gemba.Change{Resource: "command.x", Kind: "command", Name: "x", Action: gemba.ActionRun, May: evil})
			}
		}
	}
	for i := range 400 {
		m.hosts = append(m.hosts, hostState(now, "staging", fmt.Sprintf("worker-%d", i+1), "worker", fmt.Sprintf("10.0.%d.%d", i/250, i%250)))
	}
}
