package spec

import (
	"bytes"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// longestSource bounds the line that a diagnostic shows, in bytes.
const longestSource = 400

// diagnosis collects what is wrong, with the lines that are wrong.
type diagnosis struct {
	order map[string]int      // of the files, for sorting
	lines map[string][][]byte // of each file
	found Diagnostics
	said  map[Diagnostic]bool // the same is not said twice
}

func newDiagnosis(files []File) *diagnosis {
	d := &diagnosis{order: map[string]int{}, lines: map[string][][]byte{}, said: map[Diagnostic]bool{}}
	for i, f := range files {
		d.order[f.Name] = i
		d.lines[f.Name] = bytes.Split(f.Bytes, []byte("\n"))
	}
	return d
}

// fail records an error: what is wrong, why or what was expected, and what to try.
func (d *diagnosis) fail(at hcl.Range, what, why, try string) {
	d.record(severityError, at, what, why, try)
}

// warn records a doubt that stops nothing.
func (d *diagnosis) warn(at hcl.Range, what, why, try string) {
	d.record(severityWarning, at, what, why, try)
}

func (d *diagnosis) record(severity string, at hcl.Range, what, why, try string) {
	why = legible(why)
	entry := Diagnostic{
		Severity: severity, File: at.Filename,
		Line: max(1, at.Start.Line), Column: max(1, at.Start.Column),
		Source:  d.line(at.Filename, at.Start.Line),
		Summary: what, Detail: why, Remedy: try,
	}
	entry.EndColumn = entry.Column + 1
	if at.End.Line == at.Start.Line && at.End.Column > entry.EndColumn {
		entry.EndColumn = at.End.Column
	} else if rest := len([]rune(entry.Source)) + 1; at.End.Line > at.Start.Line && rest > entry.EndColumn {
		entry.EndColumn = rest
	}
	if !d.said[entry] {
		d.said[entry] = true
		d.found = append(d.found, entry)
	}
}

// line returns a line of a file as text that can be printed.
func (d *diagnosis) line(file string, number int) string {
	lines := d.lines[file]
	if number < 1 || number > len(lines) {
		return ""
	}
	line := bytes.TrimSuffix(lines[number-1], []byte("\r"))
	if len(line) > longestSource {
		line = line[:longestSource]
	}
	return strings.ToValidUTF8(string(line), "\uFFFD")
}

// sorted returns what was found by file, line and column.
func (d *diagnosis) sorted() Diagnostics {
	rank := func(file string) int {
		if i, known := d.order[file]; known {
			return i
		}
		return len(d.order)
	}
	sort.SliceStable(d.found, func(i, j int) bool {
		a, b := d.found[i], d.found[j]
		if ra, rb := rank(a.File), rank(b.File); ra != rb {
			return ra < rb
		}
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	return d.found
}

// place says where something stands, for the "both places" of a duplicate.
func place(at hcl.Range) string {
	return at.Filename + ":" + itoa(at.Start.Line)
}

// legible shows what stands for a value that is known only later as it was written.
func legible(text string) string {
	for _, ends := range [][2]string{{markerStart, markerEnd}, {`\ue000`, `\ue001`}} { // as it is, and in the quotes of Go
		for {
			before, after, found := strings.Cut(text, ends[0])
			marker, rest, closed := strings.Cut(after, ends[1])
			parts := strings.SplitN(marker, ":", 3)
			if !found || !closed || len(parts) != 3 {
				break
			}
			name := map[string]string{"secret": "secret." + parts[2], "fact": "facts." + parts[2]}[parts[1]]
			if name == "" {
				name = parts[2]
			}
			text = before + "${" + name + "}" + rest
		}
	}
	return text
}
