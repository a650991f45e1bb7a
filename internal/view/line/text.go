package line

import (
	"strings"
	"unicode/utf8"
)

// Text draws the line for a terminal of width columns: what is on the line,
// the line, and its stations' names. Where the columns do not hold that, it
// draws the line small, and says beneath it what is on it. No row is wider than width, none ends in a space.
func (l Line) Text(width int, color, ascii bool) string {
	p := pencil{glyphs: unicodeGlyphs(), color: color, width: width}
	if ascii {
		p.glyphs = asciiGlyphs()
	}
	for _, words := range []bool{true, false} {
		if cells, ok := l.columns(p, words); ok {
			return l.wide(p, cells)
		}
	}
	return l.compact(p)
}

type glyphs struct {
	rail, closed, ellipsis                    string
	ahead, passed, place, home                string
	moving, waiting, stopped, unwell, arrived string
}

func unicodeGlyphs() glyphs {
	return glyphs{
		rail: "━", closed: "┄", ellipsis: "…",
		ahead: "○", passed: "●", place: "◎", home: "◉",
		moving: "▶", waiting: "▲", stopped: "■", unwell: "■", arrived: "●",
	}
}

func asciiGlyphs() glyphs {
	return glyphs{
		rail: "=", closed: ".", ellipsis: "..",
		ahead: "o", passed: "*", place: "O", home: "@",
		moving: ">", waiting: "!", stopped: "X", unwell: "X", arrived: "*",
	}
}

// pencil is how to draw.
type pencil struct {
	glyphs
	color bool
	width int
}

// cell is one column: what stands above a station, and its name beneath.
type cell struct {
	label []piece
	name  string
	width int
}

// piece is text in one colour.
type piece struct {
	text  string
	state State
}

// columns lays the stations side by side, or reports that they do not fit.
// Without words only the shape and the commit of a train are written.
func (l Line) columns(p pencil, words bool) ([]cell, bool) {
	cells, total := make([]cell, len(l.Stations)), 0
	for i, s := range l.Stations {
		c := cell{name: printable(s.Name), label: l.label(p, i, words)}
		c.width = max(utf8.RuneCountInString(c.name), length(c.label)) + 2
		if i == len(l.Stations)-1 {
			c.width -= 2
		}
		cells[i], total = c, total+c.width
	}
	if total > p.width {
		return nil, false
	}
	// Space that is left goes to every column but the last, which needs no rail behind it.
	if spread := len(cells) - 1; spread > 0 {
		each := min((p.width-total)/spread, 12)
		for i := range spread {
			cells[i].width += each
		}
	}
	return cells, true
}

func (l Line) label(p pencil, station int, words bool) []piece {
	var pieces []piece
	for _, t := range l.Trains {
		if t.Station != station {
			continue
		}
		text := t.Commit.Short()
		if t.State != Arrived {
			text = p.shape(t.State) + " " + text
		}
		if t.Count > 1 {
			text += "+" + itoa(t.Count-1)
		}
		if words && t.State != Arrived && t.State != Moving {
			text += " " + string(t.State)
		}
		if len(pieces) > 0 {
			pieces = append(pieces, piece{text: " "})
		}
		pieces = append(pieces, piece{text, t.State})
	}
	return pieces
}

func (l Line) wide(p pencil, cells []cell) string {
	var above, rail, below row
	for i, c := range cells {
		for _, piece := range c.label {
			above.add(p.paint(piece), utf8.RuneCountInString(piece.text))
		}
		above.pad(c.width - length(c.label))
		rail.add(l.mark(p, i), 1)
		if i < len(cells)-1 {
			rail.add(strings.Repeat(l.track(p, i), c.width-1), c.width-1)
		}
		below.add(c.name, utf8.RuneCountInString(c.name))
		below.pad(c.width - utf8.RuneCountInString(c.name))
	}
	rows := []string{above.String(), rail.String(), below.String()}
	if rows[0] == "" {
		rows = rows[1:]
	}
	return strings.Join(rows, "\n") + "\n"
}

// compact draws the stations without names; what matters most, and what the last environment has, are said in words.
func (l Line) compact(p pencil) string {
	var rail strings.Builder
	gap := 2
	if (len(l.Stations)-1)*3+1 > p.width {
		gap = 0
	}
	for i := range l.Stations {
		if gap == 0 && i >= p.width {
			break
		}
		rail.WriteString(l.mark(p, i))
		if i < len(l.Stations)-1 {
			rail.WriteString(strings.Repeat(l.track(p, i), gap))
		}
	}
	rows := []string{rail.String()}
	for _, t := range l.telling() {
		text := cut(p.shape(t.State)+" "+printable(l.Say(t)), p.width, p.ellipsis)
		rows = append(rows, p.paint(piece{text, t.State}))
	}
	return strings.Join(rows, "\n") + "\n"
}

// telling picks up to two trains: the most urgent one on its way, and the one that stands furthest.
func (l Line) telling() []Train {
	var way, stands []Train
	for i := len(l.Trains) - 1; i >= 0; i-- {
		t := l.Trains[i]
		switch {
		case t.State.Stands():
			stands = append(stands, t)
		case t.State.Stops() || t.State == Asking:
			way = append([]Train{t}, way...)
		default:
			way = append(way, t)
		}
	}
	return append(first(way), first(stands)...)
}

func first(trains []Train) []Train { return trains[:min(1, len(trains))] }

// mark is the sign of a station on the rail, in the colour of the train there.
func (l Line) mark(p pencil, station int) string {
	sign, state := p.ahead, State("")
	if station <= l.Reached {
		sign = p.passed
	}
	if l.Stations[station].Place {
		sign = p.place
	}
	for _, t := range l.Trains {
		if t.Station != station {
			continue
		}
		state = t.State
		switch {
		case t.State == Arrived:
			sign = p.home
		default:
			sign = p.shape(t.State)
		}
	}
	return p.paint(piece{sign, state})
}

// track is what leads on from a station: closed behind a train that stops the line.
func (l Line) track(p pencil, station int) string {
	if l.Stop != nil && station >= l.Stop.Station {
		return p.closed
	}
	return p.rail
}

func (p pencil) shape(s State) string {
	switch s {
	case Moving:
		return p.moving
	case Waiting, Asking, Down:
		return p.waiting
	case Stopped, PutBack:
		return p.stopped
	case Unwell:
		return p.unwell
	}
	return p.arrived
}

// paint colours a piece; the shape and the word say the same without it.
func (p pencil) paint(x piece) string {
	code := map[State]string{
		Moving: "36", Waiting: "33", Asking: "33", Down: "33",
		Arrived: "32", Stopped: "31", PutBack: "31", Unwell: "31",
	}[x.state]
	if !p.color || code == "" {
		return x.text
	}
	return "\x1b[" + code + "m" + x.text + "\x1b[0m"
}
