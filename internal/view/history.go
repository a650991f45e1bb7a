package view

import (
	"io"
	"time"

	"gemba"
)

// Releases lists what was placed in an environment, latest first; the first of each service serves.
func Releases(w io.Writer, t Terminal, placed []gemba.Deployment, now time.Time) error {
	tb := &table{columns: []column{
		{title: "environment", worth: 6, least: 8}, {title: "service", worth: 5, least: 8, optional: true}, {title: "release"},
		{title: "artifact", worth: 2, optional: true}, {title: "commit", worth: 1, least: 7},
		{title: "run", right: true, worth: 3, optional: true}, {title: "placed", worth: 4, optional: true}, {title: "state"},
	}}
	seen := map[string]bool{}
	for _, d := range placed {
		state := cell{text: "before", style: dim}
		if place := d.Environment + "/" + d.Service; !seen[place] {
			seen[place] = true
			state = cell{text: "serves", style: bold}
			if d.Stopped {
				state = cell{text: "stopped", style: yellow}
			}
		}
		tb.row(cell{text: t.text(d.Environment)}, cell{text: t.text(d.Service)},
			cell{text: d.Release.Short(), whole: string(d.Release)}, cell{text: d.Artifact.Short(), whole: string(d.Artifact)},
			commitCell(t, d.Commit), number(d.Run), timeCell(d.Since, now), state)
	}
	return tb.write(w, t, "Nothing was ever placed here.")
}

// Runs lists runs as they are given, newest first by custom.
func Runs(w io.Writer, t Terminal, runs []gemba.Run, now time.Time) error {
	tb := &table{columns: []column{
		{title: "run", right: true}, {title: "service", worth: 5, least: 8, optional: true}, {title: "commit", worth: 2, least: 7},
		{title: "outcome"}, {title: "began", worth: 4, optional: true}, {title: "took", right: true, worth: 3, optional: true},
		{title: "by", worth: 1, least: 6, optional: true},
	}}
	for _, r := range runs {
		tb.row(number(r.ID), cell{text: t.text(r.Service)}, commitCell(t, r.Commit), outcomeCell(t, r),
			timeCell(r.Created, now), tookCell(r, now), actorCell(t, r.Actor))
	}
	return tb.write(w, t, "Nothing was ever shipped. Begin with gemba ship.")
}

// write renders the table; people get a sentence instead of an empty one.
func (tb *table) write(w io.Writer, t Terminal, empty string) error {
	var p page
	if len(tb.rows) == 0 && t.TTY {
		p.line(empty)
	} else {
		p.lines(tb.render(t))
	}
	return p.to(w)
}
