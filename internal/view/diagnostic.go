package view

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"

	"gemba/internal/human"
)

// Warning is the severity of what may stay as it is; any other is a mistake.
const Warning = "warning"

// Diagnostic is one thing to mend in a declaration.
type Diagnostic struct {
	Severity  string `json:"severity"` // "error" or "warning"
	File      string `json:"file"`
	Line      int    `json:"line"`                 // from 1; 0: the file as a whole
	Column    int    `json:"column"`               // from 1, counting graphemes, as editors and HCL do
	EndColumn int    `json:"end_column,omitempty"` // the first one after; 0 or in another line: to the end of the line
	Source    string `json:"source,omitempty"`     // the line itself
	Summary   string `json:"summary"`
	Detail    string `json:"detail,omitempty"`
	Remedy    string `json:"remedy,omitempty"`
}

// Diagnostics shows each with its line and a mark under the place, then counts
// them. The first line of each begins "file:line:column: ", which editors follow.
func Diagnostics(w io.Writer, t Terminal, all []Diagnostic) error {
	var p page
	for _, d := range all {
		p.diagnostic(t, d)
		p.line()
	}
	p.line(tally(t, all))
	return p.to(w)
}

func (p *page) diagnostic(t Terminal, d Diagnostic) {
	mark := t.paint(red, "error")
	if d.Severity == Warning {
		mark = t.paint(yellow, "warning")
	}
	place := t.text(d.File)
	if d.Line > 0 {
		place += fmt.Sprintf(":%d:%d", d.Line, max(d.Column, 1))
	}
	p.lines(wrap(fmt.Sprintf("%s: %s: %s", t.paint(bold, place), mark, t.text(d.Summary)), t.width(), "  "))
	if d.Line > 0 && d.Source != "" {
		p.lines(t.pointed(d))
	}
	for line := range strings.Lines(strings.TrimSpace(d.Detail)) {
		p.lines(wrap("  "+t.text(strings.TrimSpace(line)), t.width(), "  "))
	}
	p.labelled(t, "try", d.Remedy)
}

// pointed is the source line and a mark under the columns meant. Of a line
// that is too long the part around the place is shown.
func (t Terminal) pointed(d Diagnostic) []string {
	number := strconv.Itoa(d.Line)
	before, meant, after := split(strings.TrimRight(d.Source, "\r\n"), d.Column, d.EndColumn)
	before, meant, after = t.spaced(before), t.text(meant), t.text(after)
	gutter := "    " + number + " " + t.bar() + " "
	if w := t.width(); w > 0 {
		room := max(w-width(gutter), 10)
		meant = t.cut(meant, room*2/3)
		if width(before) > room-width(meant)-4 {
			before = t.ellipsis() + lastColumns(before, max(room/3-width(t.ellipsis()), 0))
		}
		after = t.cut(after, max(room-width(before)-width(meant), 0))
	}
	under := strings.Repeat(" ", width(before)) + strings.Repeat("^", max(width(meant), 1))
	return []string{
		t.paint(dim, gutter) + before + meant + after,
		t.paint(dim, strings.Repeat(" ", width(gutter)-2)+t.bar()) + " " + t.paint(red, under),
	}
}

// spaced is text whose tabs take two columns each, as HCL is indented.
func (t Terminal) spaced(s string) string { return t.text(strings.ReplaceAll(s, "\t", "  ")) }

// split divides a line at the columns from and to, which count graphemes from 1.
func split(line string, from, to int) (before, meant, after string) {
	at := func(column int) int {
		n, rest, state := 0, line, -1
		for i := 1; i < column && rest != ""; i++ {
			var g string
			g, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
			n += len(g)
		}
		return n
	}
	start, end := at(max(from, 1)), len(line)
	if to > from {
		end = at(to)
	}
	return line[:start], line[start:end], line[end:]
}

// lastColumns is the end of s, at most w columns of it.
func lastColumns(s string, w int) string {
	for width(s) > w {
		_, s = divide(s, 1)
	}
	return s
}

// tally counts: "2 mistakes and 1 warning in 2 files".
func tally(t Terminal, all []Diagnostic) string {
	files, mistakes, warnings := map[string]bool{}, int64(0), int64(0)
	for _, d := range all {
		files[d.File] = true
		if d.Severity == Warning {
			warnings++
		} else {
			mistakes++
		}
	}
	var counts []string
	if mistakes > 0 {
		counts = append(counts, human.Plural(mistakes, "mistake", "mistakes"))
	}
	if warnings > 0 {
		counts = append(counts, human.Plural(warnings, "warning", "warnings"))
	}
	if len(counts) == 0 {
		return t.good() + " No mistakes."
	}
	return strings.Join(counts, " and ") + " in " + human.Plural(int64(len(files)), "file", "files")
}
