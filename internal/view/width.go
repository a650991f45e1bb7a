package view

import (
	"strings"

	"github.com/rivo/uniseg"
)

// The functions here measure what a terminal shows. A string may contain
// colours (SGR sequences), which take no room, and no other control.

// width is how many columns s takes.
func width(s string) int {
	total := 0
	for _, p := range pieces(s) {
		total += p.width
	}
	return total
}

// piece is one thing that can't be divided: a grapheme, or a colour of width 0.
type piece struct {
	text  string
	width int
}

// pieces walks over s without keeping it in a slice.
func pieces(s string) func(yield func(int, piece) bool) {
	return func(yield func(int, piece) bool) {
		state := -1
		for i := 0; s != ""; i++ {
			var p piece
			if n := colorLength(s); n > 0 {
				p, s, state = piece{text: s[:n]}, s[n:], -1
			} else if c := s[0]; c >= ' ' && c < 0x7f && (len(s) == 1 || s[1] < 0x80) {
				p, s, state = piece{s[:1], 1}, s[1:], -1
			} else {
				p.text, s, p.width, state = uniseg.FirstGraphemeClusterInString(s, state)
			}
			if !yield(i, p) {
				return
			}
		}
	}
}

// colorLength is the length of the SGR sequence that s begins with, or 0.
func colorLength(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	end := strings.IndexByte(s, 'm')
	return end + 1
}

// cut shortens s to at most w columns, ending in the terminal's ellipsis
// where something was left out, and with colours off where one was on.
func (t Terminal) cut(s string, w int) string {
	if width(s) <= w {
		return s
	}
	end := t.ellipsis()
	if w <= width(end) {
		return end[:0] + strings.Repeat(".", max(w, 0))
	}
	room, colored := w-width(end), false
	var b strings.Builder
	for _, p := range pieces(s) {
		if p.width > room {
			break
		}
		room -= p.width
		if p.width == 0 && colorLength(p.text) > 0 {
			colored = p.text != reset
		}
		b.WriteString(p.text)
	}
	b.WriteString(end)
	if colored {
		b.WriteString(reset)
	}
	return b.String()
}

// pad fills s with spaces to w columns.
func pad(s string, w int) string {
	return s + strings.Repeat(" ", max(w-width(s), 0))
}

// padLeft does the same for what is aligned to the right.
func padLeft(s string, w int) string {
	return strings.Repeat(" ", max(w-width(s), 0)) + s
}

// wrap breaks words into lines of at most w columns (0: one line); lines
// after the first begin with indent. A word that is longer than a line is divided.
func wrap(s string, w int, indent string) []string {
	if w <= 0 || width(s) <= w {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for {
			joined := word
			if strings.TrimSpace(line) != "" {
				joined = line + " " + word
			} else {
				joined = line + word
			}
			if width(joined) <= w {
				line = joined
				break
			}
			if strings.TrimSpace(line) != "" {
				lines, line = append(lines, line), indent
				continue
			}
			head, tail := divide(word, w-width(line))
			lines, line, word = append(lines, line+head), indent, tail
		}
	}
	return append(lines, line)
}

// divide splits s after at most w columns, and after at least one grapheme.
func divide(s string, w int) (head, tail string) {
	n := 0
	for i, p := range pieces(s) {
		if p.width > w && i > 0 {
			break
		}
		w -= p.width
		n += len(p.text)
	}
	return s[:n], s[n:]
}

// flow puts items beside each other, gap between them, and goes to the next
// line where the width ends (0: never). Lines after the first begin with indent.
func flow(items []string, w int, gap, indent string) []string {
	var lines []string
	line := ""
	for _, item := range items {
		switch {
		case item == "":
			continue
		case line == "":
			line = item
		case w <= 0 || width(line)+width(gap)+width(item) <= w:
			line += gap + item
		default:
			lines, line = append(lines, wrap(line, w, indent+indent)...), indent+strings.TrimLeft(item, " ")
		}
	}
	if line == "" {
		return lines
	}
	return append(lines, wrap(line, w, indent+indent)...)
}
