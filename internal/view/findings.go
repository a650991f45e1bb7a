package view

import (
	"io"
)

// Mark says how good a finding is.
type Mark string

// The marks.
const (
	Good  Mark = "good"
	Noted Mark = "noted" // worth a word; everything that does not need it works
	Bad   Mark = "bad"
)

// Finding is what an examination found of one thing.
type Finding struct {
	Name  string `json:"name"`
	State Mark   `json:"state"`
	Says  string `json:"says"`
	Try   string `json:"try,omitempty"`
}

// Findings lists what was found. A pipe gets a line each: name, state, what was found, what to try.
func Findings(w io.Writer, t Terminal, findings []Finding) error {
	var p page
	if !t.TTY {
		tb := &table{columns: make([]column, 4)}
		for _, f := range findings {
			tb.row(cell{text: f.Name}, cell{text: string(f.State)}, cell{text: t.text(f.Says)}, cell{text: t.text(f.Try)})
		}
		p.lines(tb.render(t))
		return p.to(w)
	}
	marks := map[Mark]string{Good: t.good(), Noted: t.note(), Bad: t.bad()}
	mark, name := 0, 0
	for _, f := range findings {
		mark, name = max(mark, width(marks[f.State])), max(name, width(f.Name))
	}
	indent := pad("", mark+1+name+2)
	for _, f := range findings {
		p.lines(wrap(pad(marks[f.State], mark)+" "+pad(f.Name, name)+"  "+t.text(f.Says), t.width(), indent))
		if f.State != Good && f.Try != "" {
			p.lines(wrap(indent+"try  "+t.text(f.Try), t.width(), indent+"     "))
		}
	}
	return p.to(w)
}
