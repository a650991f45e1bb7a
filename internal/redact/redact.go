// Package redact takes the values of secrets out of what programs print.
package redact

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// mark stands for what was printed of a secret.
const mark = "[redacted]"

// A value shorter than shortest is not looked for: it would be found
// everywhere. Of a value of several lines each line is, from longLine bytes on,
// because logs are read by the line.
const (
	shortest = 4
	longLine = 8
)

// Redactor takes the values of secrets out of what is printed.
type Redactor struct{ values [][]byte }

// New returns a redactor of the given values.
func New(values ...string) *Redactor {
	r := &Redactor{}
	for _, value := range values {
		r.add(value)
	}
	return r
}

func (r *Redactor) add(value string) {
	if len(value) >= shortest {
		r.values = append(r.values, []byte(value))
	}
	lines := strings.Split(value, "\n")
	if len(lines) == 1 {
		return
	}
	for _, line := range lines {
		if line = strings.TrimSpace(line); len(line) >= longLine {
			r.values = append(r.values, []byte(line))
		}
	}
}

// Text returns a text with every run of secret bytes replaced by one mark.
func (r *Redactor) Text(text string) string {
	var clean strings.Builder
	w := r.Writer(&clean)
	_, _ = io.WriteString(w, text) // a strings.Builder takes everything
	_ = w.Close()
	return clean.String()
}

// Writer returns a writer that passes to w what is not secret, also where a
// value arrives in several writes. It holds back only what may be the
// beginning of a value; Close passes that on. It is for one goroutine.
func (r *Redactor) Writer(w io.Writer) *Writer { return &Writer{to: w, values: r.values} }

// Format keeps the values out of what is printed.
func (r Redactor) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "a redactor of secrets") }

// Writer redacts a stream.
type Writer struct {
	to      io.Writer
	values  [][]byte
	held    []byte // may be the beginning of a value
	covered int    // bytes of held that belong to a value which began before it
	inRun   bool   // the byte before held was secret, and its mark is written
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	if len(w.values) == 0 {
		return w.to.Write(p)
	}
	w.held = append(w.held, p...)
	if err := w.pass(w.settled()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close passes on what was held back. It does not close the writer below.
func (w *Writer) Close() error { return w.pass(len(w.held)) }

// Format keeps what is held out of what is printed.
func (w Writer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "a redacting writer") }

// settled is how many bytes of held no later byte can make part of a value.
func (w *Writer) settled() int {
	first := len(w.held)
	for _, value := range w.values {
		for start := max(0, len(w.held)-len(value)+1); start < first; start++ {
			if bytes.HasPrefix(value, w.held[start:]) {
				first = start
				break
			}
		}
	}
	return first
}

// pass writes the first n bytes of held, secret ones as marks.
func (w *Writer) pass(n int) error {
	secret := w.find()
	var clean bytes.Buffer
	for i, b := range w.held[:n] {
		if !secret[i] {
			clean.WriteByte(b)
		} else if !w.inRun {
			clean.WriteString(mark)
		}
		w.inRun = secret[i]
	}
	w.covered = 0
	if w.inRun {
		for n+w.covered < len(w.held) && secret[n+w.covered] {
			w.covered++
		}
	}
	w.held = append(w.held[:0], w.held[n:]...)
	if clean.Len() == 0 {
		return nil
	}
	_, err := w.to.Write(clean.Bytes())
	return err
}

// find tells of each byte of held whether it is part of a value. Values may overlap.
func (w *Writer) find() []bool {
	secret := make([]bool, len(w.held))
	fill(secret[:w.covered])
	for _, value := range w.values {
		for at := 0; ; at++ {
			next := bytes.Index(w.held[at:], value)
			if next < 0 {
				break
			}
			at += next
			fill(secret[at : at+len(value)])
		}
	}
	return secret
}

func fill(flags []bool) {
	for i := range flags {
		flags[i] = true
	}
}
