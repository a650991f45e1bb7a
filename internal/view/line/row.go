package line

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// row is a row of text that is being written; spaces at its end are not kept.
type row struct {
	text  strings.Builder
	owing int // spaces before the next text
}

func (r *row) add(text string, width int) {
	if width == 0 {
		return
	}
	r.text.WriteString(strings.Repeat(" ", r.owing))
	r.owing = 0
	r.text.WriteString(text)
}

func (r *row) pad(n int) { r.owing += max(n, 0) }

func (r *row) String() string { return r.text.String() }

func length(pieces []piece) int {
	n := 0
	for _, p := range pieces {
		n += utf8.RuneCountInString(p.text)
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }
