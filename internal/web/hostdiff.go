package web

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gemba"
	"gemba/internal/human"
)

// How much of what differs is on a host's page; gemba plan shows the whole.
const (
	changesShown = 60
	diffBytes    = 32_000 // of HTML
	valueBytes   = 1_000  // of one value, or of one line
)

// changeView is a change as a page shows it.
type changeView struct {
	gemba.Change
	Slug   string
	Sign   string
	Shown  []diffView
	Hidden int // attributes that are not on the page
}

// diffView is one attribute that differs: its lines, or what it is and will be.
type diffView struct {
	gemba.Diff
	Marked []diffLine
	More   int // lines that are not on the page
}

// diffLine is a line of a text; colour only repeats what sign and word say.
type diffLine struct {
	Class, Sign, Word, Text string
}

// changeViews prepares as many changes as a page holds.
func changeViews(changes []gemba.Change) (views []changeView, hidden int) {
	budget, seen := diffBytes, map[string]bool{}
	for i, c := range changes {
		if i == changesShown {
			return views, len(changes) - i
		}
		v := changeView{Change: c, Slug: slug(c.Resource), Sign: actionSign(c)}
		if seen[v.Slug] {
			v.Slug += "-" + strconv.Itoa(i)
		}
		seen[v.Slug] = true
		for j, d := range c.Diffs {
			if budget <= 0 {
				v.Hidden = len(c.Diffs) - j
				break
			}
			v.Shown = append(v.Shown, newDiffView(d, &budget))
		}
		views = append(views, v)
	}
	return views, 0
}

func newDiffView(d gemba.Diff, budget *int) diffView {
	v := diffView{Diff: d}
	v.From, v.To = legible(d.From), legible(d.To)
	*budget -= weigh(v.Attribute, v.From, v.To) + 140
	for i, l := range d.Lines {
		if *budget <= 0 {
			v.More = len(d.Lines) - i
			break
		}
		line := newDiffLine(l)
		*budget -= weigh(line.Text) + 130
		v.Marked = append(v.Marked, line)
	}
	return v
}

// weigh is what texts take on the page.
func weigh(texts ...string) int {
	total := 0
	for _, text := range texts {
		total += len(html.EscapeString(text))
	}
	return total
}

func newDiffLine(l string) diffLine {
	if l == "" {
		return diffLine{}
	}
	switch text := legible(l[1:]); l[0] {
	case '+':
		return diffLine{"ins", "+", "declared", text}
	case '-':
		return diffLine{"del", "−", "on the host", text}
	case '@':
		return diffLine{"hunk", "", "", legible(l)}
	default:
		return diffLine{"", "", "", text}
	}
}

// legible shows what would not be seen, or would mislead: in a difference it may be all that differs.
func legible(s string) string {
	more := ""
	if len(s) > valueBytes {
		more = " … " + human.Bytes(int64(len(s)-valueBytes)) + " more"
		s = s[:valueBytes]
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			if more == "" || i < len(s)-utf8.UTFMax { // else it is what the cut has divided
				fmt.Fprintf(&b, `\x%02x`, s[i])
			}
		case r == '\r':
			b.WriteString(`\r`)
		case r != '\t' && r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + more
}

// actionSign is the mark that plans have, too.
func actionSign(c gemba.Change) string {
	switch {
	case c.May != "":
		return "?"
	case c.Action == gemba.ActionCreate:
		return "+"
	case c.Action == gemba.ActionRemove:
		return "−"
	case c.Action == gemba.ActionRestart, c.Action == gemba.ActionReload:
		return "↻"
	case c.Action == gemba.ActionRun:
		return "›"
	}
	return "~"
}

// Said is what there is to say of a change beside what it does.
func (c changeView) Said() string {
	var parts []string
	if c.May != "" {
		parts = append(parts, "not certain: "+c.May)
	}
	if c.Because != "" {
		parts = append(parts, "because of "+c.Because)
	}
	return strings.Join(parts, " · ")
}

func (c changeView) lined() bool {
	for _, d := range c.Shown {
		if len(d.Marked) > 0 {
			return true
		}
	}
	return false
}
