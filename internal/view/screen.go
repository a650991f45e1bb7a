package view

import (
	"fmt"
	"io"
	"strings"
)

// Control sequences (ECMA-48; private modes as xterm documents them).
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	noWrap     = "\x1b[?7l"
	autoWrap   = "\x1b[?7h"
	beginSync  = "\x1b[?2026h" // terminals that do not know it ignore it
	endSync    = "\x1b[?2026l"
	clearLine  = "\x1b[2K"
	clearBelow = "\x1b[J"
)

// screen has text that scrolls away, and below it a region that is redrawn
// in place. The cursor rests in the row under the region.
type screen struct {
	out    io.Writer
	widths []int  // of the rows of the region, as they were drawn
	last   string // what was drawn, to draw nothing when nothing changed
	hidden bool
}

// draw writes lines that stay, then the region anew. w is the width of the
// window now: where it became narrower, rows drawn before take more than one.
func (s *screen) draw(stay, region []string, w int) {
	drawn := strings.Join(region, "\n")
	if len(stay) == 0 && drawn == s.last && s.hidden {
		return
	}
	var b strings.Builder
	b.WriteString(beginSync)
	if !s.hidden {
		b.WriteString(hideCursor)
		s.hidden = true
	}
	s.home(&b, w)
	for _, line := range stay {
		b.WriteString(clearLine + line + "\r\n")
	}
	b.WriteString(noWrap) // a width that was measured wrongly must not cost a row
	s.widths = s.widths[:0]
	for _, line := range region {
		b.WriteString(clearLine + line + "\r\n")
		s.widths = append(s.widths, width(line))
	}
	b.WriteString(autoWrap + clearBelow + endSync)
	s.last = drawn
	_, _ = io.WriteString(s.out, b.String()) // a terminal that is gone ends the command by its signal
}

// home moves the cursor to the first row of the region. w is 0 where it is not known.
func (s *screen) home(b *strings.Builder, w int) {
	rows := 0
	for _, drawn := range s.widths {
		rows++
		if w > 0 && drawn > w {
			rows += (drawn - 1) / w
		}
	}
	if rows > 0 {
		fmt.Fprintf(b, "\x1b[%dA", rows)
	}
	b.WriteByte('\r')
}

// finish takes the region away, writes what stays, and gives the cursor back.
func (s *screen) finish(stay []string, w int) {
	var b strings.Builder
	s.home(&b, w)
	b.WriteString(clearBelow)
	for _, line := range stay {
		b.WriteString(line + "\r\n")
	}
	b.WriteString(showCursor)
	_, _ = io.WriteString(s.out, b.String())
	s.widths, s.last, s.hidden = nil, "", false
}
