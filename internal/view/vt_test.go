package view

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// vt is a terminal that understands what a live view writes and nothing
// else: an unknown sequence is kept in strange. Rows above the window scroll into history.
type vt struct {
	w, h       int
	rows       [][]string // graphemes; the second column of a wide one is ""
	soft       []bool     // the row goes on in the next one
	x, y       int        // y counts from the first row of rows
	pending    bool       // the last column was written: the next grapheme wraps
	wrap       bool
	cursor     bool
	strange    []string
	incomplete string
}

func newVT(w, h int) *vt { return &vt{w: w, h: h, wrap: true, cursor: true} }

func (v *vt) Write(p []byte) (int, error) {
	s := v.incomplete + string(p)
	v.incomplete = ""
	for s != "" {
		switch {
		case s[0] == 0x1b:
			n := strings.IndexFunc(s[1:], func(r rune) bool { return r != '[' && r >= 0x40 && r <= 0x7e })
			if n < 0 {
				v.incomplete = s
				return len(p), nil
			}
			v.control(s[1 : n+2])
			s = s[n+2:]
		case s[0] == '\r':
			v.x, v.pending, s = 0, false, s[1:]
		case s[0] == '\n':
			v.y, v.pending, s = v.y+1, false, s[1:]
			v.grow()
		case s[0] < ' ':
			v.strange = append(v.strange, strconv.Quote(s[:1]))
			s = s[1:]
		case !utf8.FullRuneInString(s):
			v.incomplete = s
			return len(p), nil
		default:
			var g string
			var w int
			g, s, w, _ = uniseg.FirstGraphemeClusterInString(s, -1)
			v.put(g, w)
		}
	}
	return len(p), nil
}

func (v *vt) grow() {
	for len(v.rows) <= v.y {
		v.rows, v.soft = append(v.rows, nil), append(v.soft, false)
	}
}

func (v *vt) put(g string, w int) {
	v.grow()
	if v.pending || v.x+w > v.w {
		if !v.wrap {
			return
		}
		v.soft[v.y] = true
		v.x, v.y, v.pending = 0, v.y+1, false
		v.grow()
	}
	row := v.rows[v.y]
	for len(row) < v.x+w {
		row = append(row, " ")
	}
	row[v.x] = g
	for i := 1; i < w; i++ {
		row[v.x+i] = ""
	}
	v.rows[v.y] = row
	if v.x += w; v.x >= v.w {
		v.x, v.pending = v.w-1, v.wrap
	}
}

func (v *vt) control(c string) {
	number := func() int { return max(1, atoi(strings.Trim(c, "[ABCDJKHm?hl"))) }
	switch {
	case strings.HasPrefix(c, "[") && strings.HasSuffix(c, "m"):
	case c == "[?25l", c == "[?25h":
		v.cursor = c == "[?25h"
	case c == "[?7l", c == "[?7h":
		v.wrap = c == "[?7h"
	case c == "[?2026h", c == "[?2026l":
	case c == "[2K":
		v.grow()
		v.rows[v.y], v.soft[v.y] = nil, false
	case c == "[J":
		v.grow()
		v.rows[v.y] = v.rows[v.y][:min(v.x, len(v.rows[v.y]))]
		v.rows, v.soft = v.rows[:v.y+1], v.soft[:v.y+1]
	case strings.HasSuffix(c, "A"):
		v.y, v.pending = max(v.y-number(), v.top()), false // not above the window
	default:
		v.strange = append(v.strange, strconv.Quote(c))
	}
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

// top is the first row of the window.
func (v *vt) top() int { return max(len(v.rows)-v.h, 0) }

// resize reflows rows as most terminals do.
func (v *vt) resize(w, h int) {
	rows, soft, cursorRow := [][]string{}, []bool{}, 0
	var joined []string
	for i, row := range v.rows {
		if i == v.y {
			cursorRow = len(rows) + len(joined)/w
		}
		joined = append(joined, row...)
		if v.soft[i] {
			continue
		}
		for len(joined) > w {
			rows, soft, joined = append(rows, joined[:w:w]), append(soft, true), joined[w:]
		}
		rows, soft, joined = append(rows, joined), append(soft, false), nil
	}
	v.rows, v.soft, v.w, v.h, v.y = rows, soft, w, h, cursorRow
}

// lines is everything that was written, history and window.
func (v *vt) lines() []string {
	var lines []string
	for _, row := range v.rows {
		lines = append(lines, strings.TrimRight(strings.Join(row, ""), " "))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (v *vt) String() string { return fmt.Sprintln(strings.Join(v.lines(), "\n")) }
