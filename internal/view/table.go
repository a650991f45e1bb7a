package view

import (
	"slices"
	"strings"
)

// table is rows under titles, in groups with a heading. People get columns
// that fit the window; a pipe gets one row a line, tabs between the cells, no
// titles, no headings, and whole values.
type table struct {
	columns []column
	rows    [][]cell
	groups  map[int][]string // lines that stand before the row of that number
}

// column says how its cells are shown. Where the window is too narrow, the
// column of the lowest worth is shortened first, then left out if it may be, then the next.
type column struct {
	title    string
	worth    int  // 0: neither shortened nor left out
	least    int  // columns that it can be shortened to; 0: it can't
	optional bool // it may be left out
	right    bool // aligned, as numbers are
	exact    bool // for pipes alone
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

// group puts lines before the rows that follow.
func (tb *table) group(lines []string) {
	if tb.groups == nil {
		tb.groups = map[int][]string{}
	}
	tb.groups[len(tb.rows)] = lines
}

// render returns the lines of the table.
func (tb *table) render(t Terminal) []string {
	if !t.TTY {
		return tb.piped(t)
	}
	keep := tb.telling()
	for {
		widths, total := tb.widths(keep)
		drop, fits := tb.fit(keep, widths, total, t.width())
		switch {
		case fits:
			return tb.aligned(t, keep, widths)
		case drop < 0:
			return tb.records(t, tb.telling())
		}
		keep = slices.Delete(keep, drop, drop+1)
	}
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

// telling returns the columns in which a row has something to say to people.
func (tb *table) telling() []int {
	var keep []int
	for i, c := range tb.columns {
		says := func(row []cell) bool { return row[i].text != "" }
		if !c.exact && slices.ContainsFunc(tb.rows, says) {
			keep = append(keep, i)
		}
	}
	return keep
}

// widths are what the kept columns would like, and what that is together.
func (tb *table) widths(keep []int) (widths []int, total int) {
	for _, i := range keep {
		widest := width(tb.columns[i].title)
		for _, row := range tb.rows {
			widest = max(widest, width(row[i].text))
		}
		widths = append(widths, widest)
		total += widest
	}
	return widths, total + 2*(len(keep)-1)
}

// fit shortens widths until they go into a window of w columns (0: any). Where shortening is not
// enough it returns which of the kept columns to leave out, or -1 when there is none.
func (tb *table) fit(keep, widths []int, total, w int) (drop int, fits bool) {
	order := make([]int, 0, len(keep))
	for k, i := range keep {
		if tb.columns[i].worth > 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return tb.columns[keep[a]].worth - tb.columns[keep[b]].worth })
	for _, k := range order {
		if w <= 0 || total <= w {
			break
		}
		c := tb.columns[keep[k]]
		if c.least > 0 {
			give := min(max(widths[k]-c.least, 0), total-w)
			widths[k] -= give
			total -= give
		}
		if total > w && c.optional {
			return k, false
		}
	}
	return -1, w <= 0 || total <= w
}

func (tb *table) aligned(t Terminal, keep, widths []int) []string {
	titles := make([]string, len(keep))
	for k, i := range keep {
		titles[k] = tb.place(i, t.cut(tb.columns[i].title, widths[k]), widths[k], "", t)
	}
	lines := []string{t.paint(dim, strings.TrimRight(strings.Join(titles, "  "), " "))}
	for r, row := range tb.rows {
		lines = append(lines, tb.groups[r]...)
		cells := make([]string, len(keep))
		for k, i := range keep {
			cells[k] = tb.place(i, t.cut(row[i].text, widths[k]), widths[k], row[i].style, t)
		}
		lines = append(lines, strings.TrimRight(strings.Join(cells, "  "), " "))
	}
	return lines
}

// place colours a value and pads it on the side that its column wants.
func (tb *table) place(column int, s string, w int, as style, t Terminal) string {
	if tb.columns[column].right {
		return padLeft(t.paint(as, s), w)
	}
	return pad(t.paint(as, s), w)
}

// records shows each row as a paragraph, a line per value: for windows too narrow for columns.
func (tb *table) records(t Terminal, keep []int) []string {
	label := 0
	for _, i := range keep {
		label = max(label, width(tb.columns[i].title))
	}
	indent := strings.Repeat(" ", label+2)
	var lines []string
	for r, row := range tb.rows {
		if r > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, tb.groups[r]...)
		for _, i := range keep {
			if row[i].text == "" {
				continue
			}
			head := t.paint(dim, pad(tb.columns[i].title, label)) + "  "
			for _, part := range wrap(strings.TrimSpace(row[i].text), max(t.width()-label-2, 8), "") {
				lines = append(lines, head+t.paint(row[i].style, part))
				head = indent
			}
		}
	}
	return lines
}
