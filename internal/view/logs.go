package view

import (
	"io"
	"strings"
	"time"

	"gemba"
)

// Log writes one line of a log: time, source, text. People get the time of
// day, with the date when it is not today's; a pipe gets tabs and RFC 3339.
func Log(w io.Writer, t Terminal, l gemba.LogLine, now time.Time) error {
	var p page
	text := t.log(l.Text)
	if l.Stream == "gemba" {
		text = t.paint(yellow, "gemba: "+text)
	}
	if !t.TTY {
		p.line(strings.Join([]string{l.Time.UTC().Format(time.RFC3339Nano), t.text(l.Source), text}, "\t"))
		return p.to(w)
	}
	at := t.clock(l.Time)
	if t.in(l.Time).Format(time.DateOnly) != t.in(now).Format(time.DateOnly) {
		at = t.in(l.Time).Format(time.DateTime)
	}
	head := at
	if l.Source != "" {
		head += " " + pad(t.text(l.Source), 8)
	}
	p.line(t.paint(dim, head), "  ", text)
	return p.to(w)
}
