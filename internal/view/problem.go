package view

import (
	"errors"
	"io"
	"strings"

	"gemba"
)

// Error says what happened, why, and what to try.
func Error(w io.Writer, t Terminal, err error) error {
	var p page
	for _, each := range joined(err) {
		p.problem(t, each)
	}
	return p.to(w)
}

// joined takes errors.Join apart.
func joined(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

func (p *page) problem(t Terminal, err error) {
	what, why, try := err.Error(), "", ""
	var e *gemba.Error
	if errors.As(err, &e) {
		what = strings.TrimSuffix(what, e.Error()) + e.What // keeps what was being done
		why, try = e.Why, e.Try
		if why == "" && e.Err != nil {
			why = e.Err.Error()
		}
	}
	p.lines(wrap(t.bad()+" "+t.text(what), t.width(), "  "))
	p.labelled(t, "why", why)
	p.labelled(t, "try", try)
}

// labelled writes a label and what it says, line by line.
func (p *page) labelled(t Terminal, label, said string) {
	label = "  " + pad(label, 4) + "  "
	indent := strings.Repeat(" ", width(label))
	for line := range strings.Lines(strings.TrimSpace(said)) {
		p.lines(wrap(label+t.text(strings.TrimRight(line, "\r\n")), t.width(), indent))
		label = indent
	}
}
