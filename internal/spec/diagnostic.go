package spec

import (
	"fmt"
	"strings"
)

// The severities of a diagnostic.
const (
	severityError   = "error"
	severityWarning = "warning"
)

// Diagnostic is one mistake, or one doubt, and the place where it stands.
type Diagnostic struct {
	Severity  string `json:"severity"` // "error" or "warning"
	File      string `json:"file"`     // as File.Name; "--var NAME" or "GEMBA_VAR_NAME" for a value given outside of the files
	Line      int    `json:"line"`     // from 1
	Column    int    `json:"column"`   // from 1, in characters
	EndColumn int    `json:"end_column"`
	Source    string `json:"source"` // the line itself
	Summary   string `json:"summary"`
	Detail    string `json:"detail,omitempty"`
	Remedy    string `json:"remedy"`
}

// String shows the diagnostic as people read it: place and summary, the line
// with carets under the mistake, what was expected, and the remedy.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s: %s\n", d.File, d.Line, d.Column, d.Severity, d.Summary)
	fmt.Fprintf(&b, "    %s\n    %s%s\n", d.Source, d.indent(), strings.Repeat("^", max(1, d.EndColumn-d.Column)))
	if d.Detail != "" {
		fmt.Fprintf(&b, "  %s\n", d.Detail)
	}
	fmt.Fprintf(&b, "  %s\n", d.Remedy)
	return b.String()
}

// indent is the blank that stands above the carets; a tab stays a tab, so that they line up.
func (d Diagnostic) indent() string {
	var b strings.Builder
	column := 1
	for _, r := range d.Source {
		if column >= d.Column {
			break
		}
		if r == '\t' {
			b.WriteRune('\t')
		} else {
			b.WriteByte(' ')
		}
		column++
	}
	return b.String()
}

// Diagnostics are all that was found, by file, line and column.
type Diagnostics []Diagnostic

func (ds Diagnostics) Error() string {
	texts := make([]string, len(ds))
	for i, d := range ds {
		texts[i] = d.String()
	}
	return strings.TrimSuffix(strings.Join(texts, "\n"), "\n")
}

// HasErrors reports whether any of them is an error.
func (ds Diagnostics) HasErrors() bool {
	for _, d := range ds {
		if d.Severity == severityError {
			return true
		}
	}
	return false
}
