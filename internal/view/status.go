package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gemba"
)

// StatusOptions is what more to show of a status.
type StatusOptions struct {
	Verbose bool                                   // processes and the server
	Line    func(service string, width int) string // draws its line; nil: not drawn
}

// Status says what needs somebody, then what runs where. A pipe gets the deployments alone, a line each:
// environment, service, release, commit, subject, since, address, health, uptime, p99, artifact;
// and with Verbose a line for each process.
func Status(w io.Writer, t Terminal, s gemba.Status, now time.Time, o StatusOptions) error {
	var p page
	if !t.TTY {
		p.lines(deployments(t, s, now).render(t))
		if o.Verbose {
			p.lines(processes(t, s, now).render(t))
		}
		return p.to(w)
	}
	p.lines(needs(t, s, now))
	for _, service := range services(s) {
		if o.Line != nil {
			p.lines(drawn(o.Line(service, t.width())))
		}
	}
	p.table(t, deployments(t, s, now))
	if o.Verbose {
		p.table(t, processes(t, s, now))
	}
	p.lines(server(t, s.Server, now, o.Verbose))
	return p.to(w)
}

func (p *page) table(t Terminal, tb *table) {
	if len(tb.rows) > 0 {
		p.line()
		p.lines(tb.render(t))
	}
}

func deployments(t Terminal, s gemba.Status, now time.Time) *table {
	tb := &table{columns: []column{
		{title: "environment", worth: 5, least: 18}, {title: "service", exact: true}, {title: "release", worth: 7, optional: true},
		{title: "commit", worth: 8, optional: true}, {title: "subject", worth: 1, least: 12, optional: true}, {title: "since", worth: 6, optional: true},
		{title: "address", worth: 9, least: 21}, {title: "health"},
		{title: "up", right: true, worth: 4, optional: true}, {title: "p99", right: true, worth: 3, optional: true}, {title: "artifact", exact: true},
	}}
	for _, service := range services(s) {
		tb.group([]string{t.paint(bold, t.text(service))})
		for _, d := range of(s, service) {
			up, p99 := watchCells(d.Watch)
			tb.row(cell{text: "  " + t.text(d.Environment), whole: t.text(d.Environment)}, cell{text: t.text(service)},
				cell{text: d.Release.Short(), whole: string(d.Release)}, cell{text: d.Commit.Short(), whole: d.Commit.Hash},
				cell{text: t.text(d.Commit.Subject)}, timeCell(d.Since, now), cell{text: t.text(d.Address)},
				healthCell(t, d), up, p99, cell{text: string(d.Artifact)})
		}
	}
	return tb
}

func processes(t Terminal, s gemba.Status, now time.Time) *table {
	tb := &table{columns: []column{
		{title: "environment", worth: 9, least: 8}, {title: "service", exact: true}, {title: "process", worth: 8, least: 6}, {title: "kind", worth: 5, optional: true},
		{title: "state"}, {title: "since", worth: 4, optional: true}, {title: "pid", right: true, worth: 1, optional: true}, {title: "port", right: true, worth: 2, optional: true},
		{title: "restarts", right: true, worth: 7, optional: true}, {title: "next", worth: 6, optional: true}, {title: "last exit", worth: 3, least: 16, optional: true},
	}}
	for _, service := range services(s) {
		tb.group([]string{t.paint(bold, t.text(service))})
		for _, d := range of(s, service) {
			for _, ps := range d.Processes {
				tb.row(cell{text: "  " + t.text(d.Environment), whole: t.text(d.Environment)}, cell{text: t.text(service)},
					cell{text: t.text(ps.Name)}, cell{text: string(ps.Kind)}, cell{text: t.text(ps.State)}, timeCell(ps.Since, now),
					number(ps.PID), number(ps.Port), number(ps.Restarts), timeCell(ps.Next, now), cell{text: t.text(ps.LastExit)})
			}
		}
	}
	return tb
}

// services are the names of what is deployed, as they come.
func services(s gemba.Status) []string {
	var names []string
	seen := map[string]bool{}
	for _, e := range s.Environments {
		for _, d := range e.Deployments {
			if !seen[d.Service] {
				seen[d.Service] = true
				names = append(names, d.Service)
			}
		}
	}
	return names
}

// of returns the deployments of one service.
func of(s gemba.Status, service string) []gemba.Deployment {
	var some []gemba.Deployment
	for _, e := range s.Environments {
		for _, d := range e.Deployments {
			if d.Service == service {
				some = append(some, d)
			}
		}
	}
	return some
}

// server says where to look further.
func server(t Terminal, s gemba.Server, now time.Time, verbose bool) []string {
	var lines []string
	add := func(label, value string) {
		if value != "" {
			said := wrap("  "+t.text(value), max(t.width()-9, 8), "  ")
			lines = append(lines, t.paint(dim, pad(label, 9))+said[0])
			for _, more := range said[1:] {
				lines = append(lines, strings.Repeat(" ", 9)+more)
			}
		}
	}
	add("dashboard", s.Dashboard)
	if verbose {
		add("server", fmt.Sprintf("%s, pid %d, up %s", s.Version, s.PID, elapsed(now.Sub(s.Since))))
		add("state", s.StateDir)
		add("isolation", s.Isolation)
	}
	if len(lines) > 0 {
		lines = append([]string{""}, lines...)
	}
	return lines
}
