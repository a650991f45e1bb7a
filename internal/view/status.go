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
	Verbose bool     // processes and the server
	Line    LineFunc // of the newest run; nil: no line
}

// Status says what needs somebody, then what runs where. A pipe gets the deployments alone, a line each:
// environment, service, release, artifact, commit, since, address, health.
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
	if o.Line != nil && len(s.Runs) > 0 {
		p.line()
		p.lines(o.Line(s.Runs[0], t, t.width()))
	}
	if table := deployments(t, s, now); len(table.rows) > 0 {
		p.line()
		p.lines(table.render(t))
	}
	if table := processes(t, s, now); o.Verbose && len(table.rows) > 0 {
		p.line()
		p.lines(table.render(t))
	}
	p.lines(server(t, s.Server, now, o.Verbose))
	return p.to(w)
}

// needs are sentences: what waits for a person first, else that nothing does.
func needs(t Terminal, s gemba.Status, now time.Time) []string {
	var lines []string
	say := func(mark, format string, args ...any) {
		lines = append(lines, wrap(mark+" "+fmt.Sprintf(format, args...), t.width(), "  ")...)
	}
	deployed := 0
	for _, e := range s.Environments {
		for _, d := range e.Deployments {
			deployed++
			place := t.text(d.Environment + "/" + d.Service)
			switch {
			case d.Stopped:
				say(t.note(), "%s is stopped, on purpose. Start it with gemba up.", place)
			case !d.Healthy:
				say(t.bad(), "%s is not healthy%s.", place, reason(t, d.Reason))
			}
		}
	}
	for _, r := range s.Runs {
		run := fmt.Sprintf("run %d of %s", r.ID, t.text(r.Service))
		switch r.State {
		case gemba.Asking:
			say(t.note(), "%s asks: %s", run, t.text(r.Message))
		case gemba.Waiting:
			say(t.note(), "%s waits for run %d, since %s.", run, r.WaitsFor, ago(t, r.Created, now))
		case gemba.Running, gemba.Pending:
			say(t.ellipsis(), "%s ships %s %q, for %s.", run, r.Commit.Short(), quotable(t.text(r.Commit.Subject)), elapsed(now.Sub(r.Created)))
		}
	}
	if stop, found := lineStopped(s.Runs); found {
		say(t.bad(), "the line of %s is stopped: run %d, %s, %s. See gemba logs %[1]s --run %[2]d", t.text(stop.Service), stop.ID,
			ExitOf(stop).Words, Ago(stop.Finished, now))
	}
	switch {
	case len(lines) > 0:
		return lines
	case deployed == 0:
		return []string{"Nothing is deployed yet.", "  next  gemba ship"}
	}
	return []string{t.good() + " Nothing needs you."}
}

// lineStopped finds whether the newest run that is over ended badly.
func lineStopped(runs []gemba.Run) (gemba.Run, bool) {
	for _, r := range runs {
		if r.State.Over() {
			code := ExitOf(r).Code
			return r, code == ExitBuild || code == ExitPutBack || code == ExitVerify || code == ExitError
		}
	}
	return gemba.Run{}, false
}

func reason(t Terminal, why string) string {
	if why == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(t.text(firstLine(why)), ".")
}

func ago(t Terminal, at, now time.Time) string { return Ago(at, now) }

func deployments(t Terminal, s gemba.Status, now time.Time) *table {
	tb := &table{columns: []column{
		{title: "environment", worth: 6, least: 8}, {title: "service", worth: 7, least: 8}, {title: "release"},
		{title: "commit", worth: 1, least: 7}, {title: "since"}, {title: "address", worth: 9, least: 21}, {title: "health", worth: 2, least: 9},
	}}
	if !t.TTY { // one more, that people find in --json
		tb.columns = append(tb.columns, column{title: "artifact"})
	}
	for _, e := range s.Environments {
		for _, d := range e.Deployments {
			row := []cell{
				{text: t.text(d.Environment)}, {text: t.text(d.Service)},
				{text: d.Release.Short(), whole: string(d.Release)},
				commitCell(t, d.Commit), timeCell(d.Since, now), {text: t.text(d.Address)}, healthCell(t, d),
			}
			if !t.TTY {
				row = append(row, cell{text: string(d.Artifact)})
			}
			tb.row(row...)
		}
	}
	return tb
}

func commitCell(t Terminal, c gemba.Commit) cell {
	return cell{text: strings.TrimSpace(c.Short() + " " + t.text(c.Subject)), whole: c.Hash}
}

func timeCell(at, now time.Time) cell {
	if at.IsZero() {
		return cell{}
	}
	return cell{text: Ago(at, now), whole: at.UTC().Format(time.RFC3339)}
}

func healthCell(t Terminal, d gemba.Deployment) cell {
	switch {
	case d.Stopped:
		return cell{text: "! stopped", whole: "stopped", style: yellow}
	case !d.Healthy:
		return cell{text: t.sign("✗", "x") + " not healthy", whole: "not healthy", style: red}
	}
	c := cell{text: t.sign("✓ ", "") + "healthy", whole: "healthy", style: green}
	if d.Watch != nil && d.Watch.Probes > 0 {
		c.text += fmt.Sprintf(", up %s, p99 %s", share(d.Watch.Uptime), Duration(time.Duration(d.Watch.P99)))
	}
	return c
}

// share is a part of a whole in percent; only the whole is 100 %.
func share(part float64) string {
	if part >= 1 {
		return "100 %"
	}
	return fmt.Sprintf("%.2f %%", min(part*100, 99.99))
}

func processes(t Terminal, s gemba.Status, now time.Time) *table {
	tb := &table{columns: []column{
		{title: "environment", worth: 4, least: 8}, {title: "service", worth: 4, least: 8}, {title: "process", worth: 5, least: 6}, {title: "kind"},
		{title: "state"}, {title: "pid", right: true}, {title: "port", right: true}, {title: "since"},
		{title: "restarts", right: true}, {title: "next"}, {title: "last exit", worth: 1, least: 9},
	}}
	for _, e := range s.Environments {
		for _, d := range e.Deployments {
			for _, ps := range d.Processes {
				tb.row(cell{text: t.text(d.Environment)}, cell{text: t.text(d.Service)}, cell{text: t.text(ps.Name)},
					cell{text: string(ps.Kind)}, cell{text: t.text(ps.State)}, number(ps.PID), number(ps.Port),
					timeCell(ps.Since, now), number(ps.Restarts), timeCell(ps.Next, now), cell{text: t.text(ps.LastExit)})
			}
		}
	}
	return tb
}

// number is a count of which none is not worth a word.
func number(n int) cell {
	if n == 0 {
		return cell{whole: "0"}
	}
	return cell{text: fmt.Sprint(n)}
}

// server says where to look further.
func server(t Terminal, s gemba.Server, now time.Time, verbose bool) []string {
	var lines []string
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, wrap(t.paint(dim, pad(label, 9))+"  "+t.text(value), t.width(), "           ")...)
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
