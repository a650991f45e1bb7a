package view

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// FleetPlan shows what would change on which hosts; hosts that would change in the same way are shown once. A pipe gets a line
// for each change: host, action, resource, place, what differs, why it may or may not.
func FleetPlan(w io.Writer, t Terminal, plan gemba.FleetPlan, took time.Duration) error {
	var p page
	if !t.TTY {
		p.lines(pipedChanges(t, plan).render(t))
		return p.to(w)
	}
	p.lines(planHead(t, plan, took))
	for _, same := range alike(plan.Hosts) {
		p.line()
		p.lines(hostChanges(t, same))
	}
	p.line()
	p.lines(wrap(PlanCount(plan.Hosts), t.width(), "  "))
	if stays := Stays(plan.Hosts); stays != "" {
		p.lines(wrap(t.text(stays), t.width(), "  "))
	}
	return p.to(w)
}

func planHead(t Terminal, plan gemba.FleetPlan, took time.Duration) []string {
	observed := 0
	for _, h := range plan.Hosts {
		if h.Error == "" {
			observed++
		}
	}
	head := fmt.Sprintf("commit %s \"%s\"; %d of %s observed, %s", plan.Commit.Short(), t.text(plan.Commit.Subject), observed,
		human.Plural(int64(len(plan.Hosts)), "host", "hosts"), human.Duration(took))
	lines := wrap(head, t.width(), "  ")
	if len(plan.LeftOut) > 0 {
		lines = append(lines, t.say(t.note(), "left out, uncommitted: %s", t.text(list(plan.LeftOut, 5)))...)
	}
	return lines
}

// alike puts hosts together that would change in the same way.
func alike(hosts []gemba.HostPlan) [][]gemba.HostPlan {
	var groups [][]gemba.HostPlan
	index := map[string]int{}
	for _, h := range hosts {
		key := sameness(h)
		i, known := index[key]
		if !known {
			i = len(groups)
			index[key], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], h)
	}
	return groups
}

func sameness(h gemba.HostPlan) string {
	changes := slices.Clone(h.Changes)
	for i := range changes {
		changes[i].State = ""
	}
	text, err := json.Marshal([]any{changes, h.Error})
	if err != nil {
		return h.Host
	}
	return string(text)
}

func hostChanges(t Terminal, same []gemba.HostPlan) []string {
	var names []string
	for _, h := range same {
		names = append(names, t.text(h.Host))
	}
	first := same[0]
	title := t.paint(bold, strings.Join(names, " "))
	switch {
	case first.Error != "":
		return append(wrap(title+"  unknown: it could not be observed", t.width(), "  "), wrap("  "+t.text(first.Error), t.width(), "  ")...)
	case len(first.Changes) == 0:
		return wrap(title+"  as declared", t.width(), "  ")
	}
	lines := wrap(title, t.width(), "  ")
	for _, c := range first.Changes {
		lines = append(lines, changeLines(t, c)...)
	}
	return lines
}

// sign is the mark of a change.
func (t Terminal) actionSign(c gemba.Change) string {
	switch {
	case c.May != "":
		return t.paint(yellow, "?")
	case c.Action == gemba.ActionCreate:
		return t.paint(green, "+")
	case c.Action == gemba.ActionRemove:
		return t.paint(red, "-")
	case c.Action == gemba.ActionRestart || c.Action == gemba.ActionReload:
		return t.paint(yellow, t.sign("↻", "@"))
	case c.Action == gemba.ActionRun:
		return t.paint(yellow, ">")
	}
	return t.paint(yellow, "~")
}

func changeLines(t Terminal, c gemba.Change) []string {
	head := "  " + t.actionSign(c) + " " + c.Kind + " " + t.paint(bold, t.text(c.Name))
	switch c.Action {
	case gemba.ActionRestart, gemba.ActionReload, gemba.ActionRun:
		head += " " + string(c.Action)
	}
	if c.Because != "" {
		head += ", because of " + t.text(c.Because)
	}
	if place := c.Place.String(); place != "" {
		head += "  " + t.paint(dim, t.text(place))
	}
	lines := wrap(head, t.width(), "    ")
	if c.May != "" {
		lines = append(lines, wrap("      "+t.paint(yellow, "may change: ")+t.text(c.May), t.width(), "      ")...)
	}
	for _, d := range c.Diffs {
		lines = append(lines, diffLines(t, d)...)
	}
	return lines
}

func diffLines(t Terminal, d gemba.Diff) []string {
	const indent = "      "
	if len(d.Lines) > 0 {
		var lines []string
		for _, l := range d.Lines {
			as := plain
			switch {
			case strings.HasPrefix(l, "+"):
				as = green
			case strings.HasPrefix(l, "-"):
				as = red
			case strings.HasPrefix(l, "@"):
				as = dim
			}
			lines = append(lines, indent+t.paint(as, cut(t.text(l), t.width()-len(indent))))
		}
		return lines
	}
	return wrap(indent+t.paint(dim, d.Attribute)+"  "+t.text(difference(d, t.sign("→", "->"))), t.width(), indent)
}

// difference says what an attribute is and will be.
func difference(d gemba.Diff, arrow string) string {
	switch {
	case d.Hidden:
		return "changes; it holds a secret"
	case d.From == "":
		return d.To
	case d.To == "":
		return d.From + " " + arrow + " none"
	}
	return d.From + " " + arrow + " " + d.To
}

// cut shortens a text to so many columns, at least some.
func cut(s string, w int) string {
	if w <= 8 || width(s) <= w {
		return s
	}
	lines := wrap(s, w-1, "")
	return lines[0] + "…"
}

func pipedChanges(t Terminal, plan gemba.FleetPlan) *table {
	tb := &table{columns: make([]column, 6)}
	for _, h := range plan.Hosts {
		if h.Error != "" {
			tb.row(cell{text: t.text(h.Host)}, cell{text: "unknown"}, cell{}, cell{}, cell{}, cell{text: t.text(h.Error)})
		}
		for _, c := range h.Changes {
			var differs []string
			for _, d := range c.Diffs {
				differs = append(differs, d.Attribute+": "+difference(d, "->"))
			}
			why := c.May
			if c.Because != "" {
				why = "because of " + c.Because
			}
			tb.row(cell{text: t.text(h.Host)}, cell{text: string(c.Action)}, cell{text: t.text(c.Resource)}, cell{text: c.Place.String()},
				cell{text: t.text(strings.Join(differs, "; "))}, cell{text: t.text(why)})
		}
	}
	return tb
}

// PlanCount is the one line that says how much there is to do.
func PlanCount(hosts []gemba.HostPlan) string {
	change, may, unchanged, unknown := 0, 0, 0, 0
	for _, h := range hosts {
		unchanged += h.Unchanged
		if h.Error != "" {
			unknown++
		}
		for _, c := range h.Changes {
			if c.May != "" {
				may++
			} else {
				change++
			}
		}
	}
	if change+may+unknown == 0 {
		return fmt.Sprintf("No changes: %s on %s as declared.", human.Plural(int64(unchanged), "resource is", "resources are"), human.Plural(int64(len(hosts)), "host", "hosts"))
	}
	parts := []string{fmt.Sprintf("%d to change", change)}
	if may > 0 {
		parts = append(parts, fmt.Sprintf("%d may change", may))
	}
	parts = append(parts, fmt.Sprintf("%d unchanged", unchanged))
	if unknown > 0 {
		parts = append(parts, fmt.Sprintf("%s unknown", human.Plural(int64(unknown), "host", "hosts")))
	}
	return human.Plural(int64(len(hosts)), "host", "hosts") + ": " + strings.Join(parts, ", ") + "."
}

// Differs reports whether anything of a plan is not as declared, or not known.
func Differs(plan gemba.FleetPlan) bool {
	return slices.ContainsFunc(plan.Hosts, func(h gemba.HostPlan) bool { return h.Error != "" || len(h.Changes) > 0 })
}
