package view

import "gemba"

// What is kept and shown of a step's log.
const (
	kept  = 8 // lines of a log that are kept; a failure shows all of them
	shown = 5 // lines below what runs, where there is room
)

const logIndent = "      "

// tails are the last log lines of each step, by its index.
type tails map[int][]gemba.LogLine

func (ts tails) add(step int, line gemba.LogLine) {
	lines := append(ts[step], line)
	if len(lines) > kept {
		lines = append(lines[:0], lines[len(lines)-kept:]...)
	}
	ts[step] = lines
}

// running shows the end of a log that goes on.
func (t teller) running(lines []gemba.LogLine, room int) []string {
	lines = lines[max(len(lines)-max(room, 0), 0):]
	shown := make([]string, 0, len(lines))
	for _, l := range lines {
		shown = append(shown, t.fit(t.paint(dim, logIndent+t.bar())+" "+t.log(l.Text)))
	}
	return shown
}

// excerpt shows the end of a log that somebody has to read, with times.
func (t teller) excerpt(lines []gemba.LogLine) []string {
	shown := make([]string, 0, len(lines))
	for _, l := range lines {
		shown = append(shown, t.fit(logIndent+t.paint(dim, t.clock(l.Time))+" "+t.log(l.Text)))
	}
	return shown
}

// fit cuts a line to the window, where there is one.
func (t Terminal) fit(s string) string {
	if w := t.width(); w > 0 {
		return t.cut(s, w)
	}
	return s
}
