package view

import "gemba"

// A style is the parameters of an SGR sequence (ECMA-48, section 8.3.117).
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

const reset = "\x1b[0m"

// paint colours s where colour is wanted.
func (t Terminal) paint(as style, s string) string {
	if !t.Color || as == plain || s == "" {
		return s
	}
	return "\x1b[" + string(as) + "m" + s + reset
}

// The signs that stand for a word; each has a spelling in ASCII.

func (t Terminal) good() string { return t.paint(green, t.sign("✓", "ok")) }
func (t Terminal) bad() string  { return t.paint(red, t.sign("✗", "FAILED")) }
func (t Terminal) note() string { return t.paint(yellow, "!") }

func (t Terminal) ellipsis() string { return t.sign("…", "...") }
func (t Terminal) minus() string    { return t.sign("−", "-") }
func (t Terminal) bar() string      { return t.sign("│", "|") }

func (t Terminal) sign(utf8, ascii string) string {
	if t.UTF8 {
		return utf8
	}
	return ascii
}

// mark is the sign of a state that something came to.
func (t Terminal) mark(s gemba.State) string {
	switch {
	case s.Good():
		return t.good()
	case s == gemba.Broken || s == gemba.Errored:
		return t.bad()
	case s == gemba.Running:
		return t.ellipsis()
	}
	return t.note()
}
