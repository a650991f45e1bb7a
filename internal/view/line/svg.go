package line

import (
	"fmt"
	"html"
	"strings"
)

// Link gives the address of a run's page for a train, or "" for none.
type Link func(t Train) string

// SVG draws the line across, for pages and reports: inline, as wide as its place, text always at
// its own size. Colours and type come from the classes that Style sets; without Style it is
// drawn in the colour of the text around it. link may be nil.
func (l Line) SVG(link Link) string {
	b := brush{link: link}
	rows := l.crowd()
	rail := 14 + rows*36
	b.open(l, "line across", rail+66)
	for i := range l.Stations {
		if i < len(l.Stations)-1 {
			class, dash := l.railClass(i)
			b.f(`<line class="%s" x1="%s" x2="%s" y1="%d" y2="%d" stroke="currentColor" stroke-width="4"%s/>`,
				class, l.x(i), l.x(i+1), rail, rail, dash)
		}
	}
	for i := range l.Stations {
		b.f(`<svg x="%s" y="%d" overflow="visible">`, l.x(i), rail)
		l.across(&b, i)
		b.f(`</svg>`)
	}
	return b.close()
}

// SVGTall draws the line downwards, for a narrow place such as a phone.
func (l Line) SVGTall(link Link) string {
	b := brush{link: link}
	heights, total := make([]int, len(l.Stations)), 8
	for i := range l.Stations {
		heights[i] = 40 + 20*len(l.at(i))
		total += heights[i]
	}
	b.open(l, "line down", total-12)
	y := 16
	for i := range l.Stations {
		if i < len(l.Stations)-1 {
			class, dash := l.railClass(i)
			b.f(`<line class="%s" x1="14" x2="14" y1="%d" y2="%d" stroke="currentColor" stroke-width="4"%s/>`,
				class, y, y+heights[i], dash)
		}
		y += heights[i]
	}
	y = 16
	for i := range l.Stations {
		b.f(`<svg x="14" y="%d" overflow="visible">`, y)
		l.down(&b, i)
		b.f(`</svg>`)
		y += heights[i]
	}
	return b.close()
}

// across draws one station around its own origin: trains on their way above, what stands there beneath.
func (l Line) across(b *brush, station int) {
	s, trains := l.Stations[station], l.at(station)
	l.symbol(b, station, false)
	room := 20
	if !s.Place {
		room = 14
	}
	b.text("name", "middle", 0, 30, clip(printable(s.Name), room, "…"), l.At(station))
	above, below := -24, 48
	for i := len(trains) - 1; i >= 0; i-- {
		t := trains[i]
		if t.State.Stands() {
			continue
		}
		b.train(l, t, "middle", 0, above-14, above, true)
		above -= 36
	}
	for _, t := range trains {
		if t.State.Stands() {
			b.train(l, t, "middle", 0, below, below+16, false)
		}
	}
}

func (l Line) down(b *brush, station int) {
	l.symbol(b, station, true)
	b.text("name", "start", 24, 5, clip(printable(l.At(station)), 34, "…"), l.At(station))
	y := 25
	for _, t := range l.at(station) {
		b.beside(l, t, 24, y)
		y += 20
	}
}

// symbol is the station itself: a dot where work is done, a ring where a commit can stay, the sign of the train that is there.
func (l Line) symbol(b *brush, station int, down bool) {
	s := l.Stations[station]
	class := "ahead"
	if station <= l.Reached {
		class = "passed"
	}
	if s.Place {
		b.f(`<circle class="place" r="10" fill="none" stroke="currentColor" stroke-width="4"/>`)
	} else {
		b.f(`<circle class="stop-%s" r="6" fill="%s" stroke="currentColor" stroke-width="3"/>`, class, map[string]string{"ahead": "none", "passed": "currentColor"}[class])
	}
	for _, t := range l.at(station) {
		switch {
		case t.State == Moving:
			b.f(`<circle class="train moving halo" r="13" fill="none" stroke="currentColor" stroke-width="2"/><circle class="train moving" r="7" fill="currentColor"/>`)
		case t.State.Stops() && s.Place && down:
			b.f(`<rect class="train stopped" x="-7" y="-20" width="14" height="5" fill="currentColor"/>`)
		case t.State.Stops() && s.Place:
			b.f(`<rect class="train stopped" x="-24" y="-7" width="5" height="14" fill="currentColor"/>`)
		case t.State.Stops():
			b.f(`<rect class="train stopped" x="-9" y="-9" width="18" height="18" fill="currentColor"/>`)
		case (t.State == Waiting || t.State == Asking) && down:
			b.f(`<path class="train waiting" d="M-8 -28 L0 -14 L8 -28 Z" fill="currentColor"/>`)
		case t.State == Waiting || t.State == Asking:
			b.f(`<path class="train waiting" d="M-28 -8 L-14 0 L-28 8 Z" fill="currentColor"/>`)
		default:
			b.f(`<circle class="train %s" r="5" fill="currentColor"/>`, t.State.class())
		}
	}
}

// railClass tells a travelled stretch from one ahead, and one that is closed behind a stop.
func (l Line) railClass(from int) (class, dash string) {
	switch {
	case l.Stop != nil && from >= l.Stop.Station:
		return "rail closed", ` stroke-dasharray="2 6"`
	case from < l.Reached:
		return "rail travelled", ""
	}
	return "rail", ""
}

// x is where a station stands, in per cent of the width. Environments have
// more to say than the work before them, and get more room.
func (l Line) x(station int) string {
	weight := func(s Station) float64 {
		if s.Place {
			return 1.6
		}
		return 1
	}
	total, left := 0.0, 0.0
	for i, s := range l.Stations {
		if i < station {
			left += weight(s)
		}
		total += weight(s)
	}
	return fmt.Sprintf("%.2f%%", 100*(left+weight(l.Stations[station])/2)/total)
}

func (l Line) at(station int) []Train {
	var trains []Train
	for _, t := range l.Trains {
		if t.Station == station {
			trains = append(trains, t)
		}
	}
	return trains
}

// crowd is the largest number of trains on their way at one station.
func (l Line) crowd() int {
	most := 0
	for i := range l.Stations {
		n := 0
		for _, t := range l.at(i) {
			if !t.State.Stands() {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func (s State) class() string {
	switch s {
	case Moving:
		return "moving"
	case Waiting, Asking, Down:
		return "waiting"
	case Stopped, PutBack, Unwell:
		return "stopped"
	}
	return "arrived"
}

// brush writes SVG; every text goes through it and is escaped there.
type brush struct {
	strings.Builder
	link Link
}

func (b *brush) f(format string, args ...any) { fmt.Fprintf(b, format, args...) }

func (b *brush) open(l Line, class string, height int) {
	role := "img"
	if b.link != nil {
		role = "group" // an image would hide its links from those who listen
	}
	b.f(`<svg class="%s" role="%s" aria-label="%s" width="100%%" height="%d" font-size="14" fill="currentColor">`,
		class, role, html.EscapeString(printable(l.Sentence())), height)
}

func (b *brush) close() string {
	b.WriteString(`</svg>`)
	return b.String()
}

func (b *brush) text(class, anchor string, x, y int, text, title string) {
	b.f(`<text class="%s" text-anchor="%s" x="%d" y="%d">`, class, anchor, x, y)
	if title != "" && title != text {
		b.f(`<title>%s</title>`, html.EscapeString(printable(title)))
	}
	b.f(`%s</text>`, html.EscapeString(text))
}

// train writes a commit, and on a second row what it does; shapes repeat what the words say.
func (b *brush) train(l Line, t Train, anchor string, x, y1, y2 int, shape bool) {
	b.begin(t)
	commit := commitText(t)
	if shape {
		commit = t.State.sign() + " " + commit
	}
	b.text("commit "+t.State.class(), anchor, x, y1, commit, titleOf(l, t))
	b.end(t)
	b.text("word "+t.State.class(), anchor, x, y2, word(l, t), "")
}

// beside writes a train in one row.
func (b *brush) beside(l Line, t Train, x, y int) {
	b.begin(t)
	b.f(`<text x="%d" y="%d"><title>%s</title><tspan class="commit %s">%s %s</tspan></text>`, x, y,
		html.EscapeString(printable(titleOf(l, t))), t.State.class(), t.State.sign(), html.EscapeString(commitText(t)))
	b.end(t)
	b.text("word "+t.State.class(), "start", x+106, y, word(l, t), "")
}

func (b *brush) begin(t Train) {
	if href := b.href(t); href != "" {
		b.f(`<a href="%s">`, html.EscapeString(href))
	}
}

func (b *brush) end(t Train) {
	if b.href(t) != "" {
		b.f(`</a>`)
	}
}

func (b *brush) href(t Train) string {
	if b.link == nil {
		return ""
	}
	return b.link(t)
}

func commitText(t Train) string {
	text := printable(t.Commit.Short())
	if t.Count > 1 {
		text += fmt.Sprintf(" +%d", t.Count-1)
	}
	return text
}

func titleOf(l Line, t Train) string {
	title := l.Say(t)
	if t.Commit.Subject != "" {
		title += " · " + t.Commit.Subject
	}
	return title
}

func word(l Line, t Train) string {
	if t.State == Arrived {
		if clock := l.clock(t.Since); clock != "" {
			return "since " + clock
		}
	}
	return string(t.State)
}

func (s State) sign() string {
	switch s {
	case Waiting, Asking, Down:
		return "▲"
	case Stopped, PutBack, Unwell:
		return "■"
	}
	return "●"
}
