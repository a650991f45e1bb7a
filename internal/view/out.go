package view

import (
	"encoding/json"
	"io"
	"strings"
)

// Out is where a command writes: data is what was asked for, talk is
// everything that is said beside it.
type Out struct {
	Data io.Writer // standard output
	Talk io.Writer // standard error
	JSON bool      // data is JSON; talk is for people all the same
}

// JSON writes a whole answer, indented.
func JSON(w io.Writer, v any) error { return encode(w, v, "  ") }

// JSONLine writes one value of a stream, in one line.
func JSONLine(w io.Writer, v any) error { return encode(w, v, "") }

func encode(w io.Writer, v any, indent string) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	return encoder.Encode(v)
}

// page collects lines, so that each renderer writes once and fails once.
type page struct{ strings.Builder }

func (p *page) line(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
	p.WriteByte('\n')
}

func (p *page) lines(lines []string) {
	for _, l := range lines {
		p.line(l)
	}
}

func (p *page) to(w io.Writer) error {
	_, err := io.WriteString(w, p.String())
	return err
}
