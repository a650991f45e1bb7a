package view

import (
	"fmt"
	"io"
	"time"

	"gemba"
)

// Releases lists what was placed in an environment, latest first; the first of each service serves.
func Releases(w io.Writer, t Terminal, placed []gemba.Deployment, now time.Time) error {
	tb := &table{columns: []column{
		{title: "environment", worth: 5, least: 8}, {title: "service", worth: 6, least: 8}, {title: "release"}, {title: "artifact"},
		{title: "commit", worth: 1, least: 7}, {title: "run", right: true}, {title: "placed"}, {title: "state"},
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
			commitCell(t, d.Commit), number64(d.Run), timeCell(d.Since, now), state)
	}
	return tb.write(w, t, "Nothing was ever placed here.")
}

// Runs lists runs as they are given, newest first by custom.
func Runs(w io.Writer, t Terminal, runs []gemba.Run, now time.Time) error {
	tb := &table{columns: []column{
		{title: "run", right: true}, {title: "service", worth: 5, least: 8}, {title: "commit", worth: 2, least: 7},
		{title: "outcome"}, {title: "began"}, {title: "took", right: true}, {title: "by", worth: 1, least: 6},
	}}
	for _, r := range runs {
		tb.row(number64(r.ID), cell{text: t.text(r.Service)}, commitCell(t, r.Commit), runCell(t, r),
			timeCell(r.Created, now), tookCell(r, now), cell{text: t.text(r.Actor)})
	}
	return tb.write(w, t, "Nothing was ever shipped. Begin with gemba ship.")
}

// runCell is how a run ended, or where it stands.
func runCell(t Terminal, r gemba.Run) cell {
	if !r.State.Over() {
		return cell{text: string(r.State), style: yellow}
	}
	exit := ExitOf(r)
	whole := string(r.Verdict)
	switch exit.Code {
	case ExitGood:
		return cell{text: t.sign("✓ ", "") + exit.Words, whole: whole, style: green}
	case ExitCancelled:
		return cell{text: "! " + exit.Words, whole: whole, style: yellow}
	}
	return cell{text: t.sign("✗ ", "x ") + exit.Words, whole: whole, style: red}
}

func tookCell(r gemba.Run, now time.Time) cell {
	end := r.Finished
	if end.IsZero() {
		end = now
	}
	took := end.Sub(r.Created)
	return cell{text: Duration(took), whole: fmt.Sprintf("%.3fs", took.Seconds())}
}

func number64(n int64) cell {
	if n == 0 {
		return cell{whole: "0"}
	}
	return cell{text: fmt.Sprint(n)}
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
