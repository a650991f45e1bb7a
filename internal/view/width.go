package view

import (
	"strings"
	"unicode"

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
// after the first begin with indent. A word that is longer than a line is
// divided; spaces stay as they are, but for those where a line breaks.
func wrap(s string, w int, indent string) []string {
	if w <= 0 || width(s) <= w {
		return []string{s}
	}
	var lines []string
	line, empty := "", true
	for _, word := range words(s) {
		next := word
		if empty && len(lines) > 0 {
			next = strings.TrimLeft(word, " ")
		}
		if !empty && width(line)+width(next) > w {
			lines, line, next = append(lines, line), indent, strings.TrimLeft(word, " ")
		}
		for width(line)+width(next) > w && width(next) > 1 {
			head, tail := divide(next, w-width(line))
			lines, line, next = append(lines, line+head), indent, tail
		}
		line, empty = line+next, false
	}
	return append(lines, line)
}

// words divides s where a line may break: before the spaces between words,
// but not after a mark or a number, which stay with what they belong to ("✓ 12 s").
func words(s string) []string {
	var all []string
	glue := false
	for s != "" {
		start := len(s) - len(strings.TrimLeft(s, " "))
		end := strings.IndexByte(s[start:], ' ')
		if end < 0 {
			end = len(s) - start
		}
		word := s[:start+end]
		if glue {
			all[len(all)-1] += word
		} else {
			all = append(all, word)
		}
		bare := strings.TrimSpace(uncolored(word))
		glue = !strings.ContainsFunc(bare, unicode.IsLetter) && len(bare) < 8
		s = s[start+end:]
	}
	return all
}

func uncolored(s string) string {
	var b strings.Builder
	for _, p := range pieces(s) {
		if colorLength(p.text) == 0 {
			b.WriteString(p.text)
		}
	}
	return b.String()
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
