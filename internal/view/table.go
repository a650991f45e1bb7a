package view

import (
	"strings"
)

// table is rows under titles. People get columns that fit the window; a pipe
// gets one row a line, tabs between the cells, no titles, and whole values.
type table struct {
	columns []column
	rows    [][]cell
}

// column is how its cells are shown. Where the window is too narrow, the column of
// the lowest worth is shortened first, down to its least width, then the next.
type column struct {
	title string
	worth int
	least int  // columns; 0 is never shortened
	right bool // aligned, as numbers are
}

// cell is one value. whole is what a pipe gets where people read something shorter.
type cell struct {
	text  string
	whole string
	style style
}

func (c cell) exact() string {
	if c.whole != "" {
		return c.whole
	}
	return c.text
}

func (tb *table) row(cells ...cell) { tb.rows = append(tb.rows, cells) }

// render returns the lines of the table.
func (tb *table) render(t Terminal) []string {
	if !t.TTY {
		return tb.piped(t)
	}
	tb.dropEmpty()
	widths, fits := tb.fit(t.width())
	if !fits {
		return tb.records(t)
	}
	titles := make([]string, len(tb.columns))
	for i, c := range tb.columns {
		titles[i] = align(t.cut(c.title, widths[i]), widths[i], c.right)
	}
	lines := []string{t.paint(dim, strings.TrimRight(strings.Join(titles, "  "), " "))}
	for _, row := range tb.rows {
		shown := make([]string, len(row))
		for i, c := range row {
			s := t.cut(c.text, widths[i])
			shown[i] = strings.Replace(align(s, widths[i], tb.columns[i].right), s, t.paint(c.style, s), 1)
		}
		lines = append(lines, strings.TrimRight(strings.Join(shown, "  "), " "))
	}
	return lines
}

func align(s string, w int, right bool) string {
	if right {
		return padLeft(s, w)
	}
	return pad(s, w)
}

func (tb *table) piped(t Terminal) []string {
	var lines []string
	for _, row := range tb.rows {
		values := make([]string, len(row))
		for i, c := range row {
			values[i] = t.paint(c.style, c.exact())
		}
		lines = append(lines, strings.Join(values, "\t"))
	}
	return lines
}

// dropEmpty takes out the columns in which no row has anything to say.
func (tb *table) dropEmpty() {
	var keep []int
	for i := range tb.columns {
		for _, row := range tb.rows {
			if row[i].text != "" {
				keep = append(keep, i)
				break
			}
		}
	}
	tb.columns = pick(tb.columns, keep)
	for r := range tb.rows {
		tb.rows[r] = pick(tb.rows[r], keep)
	}
}

func pick[T any](all []T, keep []int) []T {
	some := make([]T, len(keep))
	for i, k := range keep {
		some[i] = all[k]
	}
	return some
}

// fit finds the width of each column in a window of w columns (0: any), or
// that the window is too narrow for them all.
func (tb *table) fit(w int) (widths []int, fits bool) {
	total := 2 * (len(tb.columns) - 1)
	for i, c := range tb.columns {
		widest := width(c.title)
		for _, row := range tb.rows {
			widest = max(widest, width(row[i].text))
		}
		widths = append(widths, widest)
		total += widest
	}
	shortened := make([]bool, len(widths))
	for w > 0 && total > w {
		i := tb.leastWorth(shortened)
		if i < 0 {
			return widths, false
		}
		shortened[i] = true
		can := max(widths[i]-tb.columns[i].least, 0)
		give := min(can, total-w)
		widths[i] -= give
		total -= give
	}
	return widths, true
}

// leastWorth finds the next column to shorten; -1 when there is none.
func (tb *table) leastWorth(done []bool) int {
	found := -1
	for i, c := range tb.columns {
		if !done[i] && c.least > 0 && (found < 0 || c.worth < tb.columns[found].worth) {
			found = i
		}
	}
	return found
}

// records shows each row as a paragraph, a line per value: for windows too
// narrow for columns.
func (tb *table) records(t Terminal) []string {
	label := 0
	for _, c := range tb.columns {
		label = max(label, width(c.title))
	}
	indent := strings.Repeat(" ", label+2)
	var lines []string
	for i, row := range tb.rows {
		if i > 0 {
			lines = append(lines, "")
		}
		for j, c := range row {
			if c.text == "" {
				continue
			}
			value := wrap(indent+c.text, t.width(), indent)
			for k := range value {
				value[k] = indent + t.paint(c.style, strings.TrimPrefix(value[k], indent))
			}
			value[0] = t.paint(dim, pad(tb.columns[j].title, label)) + strings.TrimPrefix(value[0], indent[:label])
			lines = append(lines, value...)
		}
	}
	return lines
}
