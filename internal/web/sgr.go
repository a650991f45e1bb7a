package web

import (
	"html"
	"strconv"
	"strings"
	"unicode"
)

// ink is the state that SGR sequences set (ECMA-48, 8.3.117).
type ink struct {
	bold, dim, italic, underline bool
	fg, bg                       int // 0 to 15; -1 is the default
}

func plainInk() ink { return ink{fg: -1, bg: -1} }

func (k ink) classes() string {
	var names []string
	for _, f := range []struct {
		on   bool
		name string
	}{{k.bold, "b"}, {k.dim, "d"}, {k.italic, "i"}, {k.underline, "u"}} {
		if f.on {
			names = append(names, f.name)
		}
	}
	if k.fg >= 0 {
		names = append(names, "f"+strconv.Itoa(k.fg))
	}
	if k.bg >= 0 {
		names = append(names, "g"+strconv.Itoa(k.bg))
	}
	return strings.Join(names, " ")
}

// colored renders one line of a log as HTML: text escaped, SGR colours as classes of
// spans, every other control sequence dropped. Of a line that was written over with carriage
// returns only what stood last is kept. Colours end with the line.
func colored(line string) string {
	line = strings.TrimRight(line, "\r")
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:]
	}
	var b strings.Builder
	current := plainInk()
	write := func(text string) {
		text = html.EscapeString(strings.Map(visible, text))
		if classes := current.classes(); classes != "" && text != "" {
			b.WriteString(`<span class="` + classes + `">` + text + `</span>`)
			return
		}
		b.WriteString(text)
	}
	for {
		start := strings.IndexByte(line, '\x1b')
		if start < 0 {
			write(line)
			return b.String()
		}
		write(line[:start])
		sequence, rest := escape(line[start:])
		if params, ok := strings.CutSuffix(sequence, "m"); ok && strings.HasPrefix(params, "\x1b[") {
			current = current.apply(params[2:])
		}
		line = rest
	}
}

// visible drops control characters other than tab.
func visible(r rune) rune {
	if r != '\t' && unicode.IsControl(r) {
		return -1
	}
	return r
}

// escape splits off the control sequence at the start of s: CSI up to its final byte, OSC and
// other strings up to their terminator, else two characters.
func escape(s string) (sequence, rest string) {
	if len(s) < 2 {
		return s, ""
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return s[:i+1], s[i+1:]
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				return s[:i], s[i:] // broken off: what follows is text
			}
		}
		return s, ""
	case ']', 'P', 'X', '^', '_':
		if i := strings.IndexByte(s, '\a'); i >= 0 {
			return s[:i+1], s[i+1:]
		}
		if i := strings.Index(s[2:], "\x1b\\"); i >= 0 {
			return s[:i+4], s[i+4:]
		}
		return s[:2], s[2:]
	}
	if s[1] < 0x80 {
		return s[:2], s[2:]
	}
	return s[:1], s[1:]
}

func (k ink) apply(params string) ink {
	fields := strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' })
	if len(fields) == 0 {
		return plainInk()
	}
	codes := make([]int, len(fields))
	for i, f := range fields {
		n, err := strconv.Atoi(f)
		if err != nil {
			return k
		}
		codes[i] = n
	}
	for i := 0; i < len(codes); i++ {
		switch c := codes[i]; {
		case c == 0:
			k = plainInk()
		case c == 1:
			k.bold = true
		case c == 2:
			k.dim = true
		case c == 3:
			k.italic = true
		case c == 4:
			k.underline = true
		case c == 22:
			k.bold, k.dim = false, false
		case c == 23:
			k.italic = false
		case c == 24:
			k.underline = false
		case c >= 30 && c <= 37:
			k.fg = c - 30
		case c >= 90 && c <= 97:
			k.fg = c - 90 + 8
		case c == 39:
			k.fg = -1
		case c >= 40 && c <= 47:
			k.bg = c - 40
		case c >= 100 && c <= 107:
			k.bg = c - 100 + 8
		case c == 49:
			k.bg = -1
		case c == 38 || c == 48:
			color, used := extended(codes[i+1:])
			if c == 38 {
				k.fg = color
			} else {
				k.bg = color
			}
			i += used
		}
	}
	return k
}

// extended reads the colour after 38 or 48: "5;n" of the palette or "2;r;g;b", brought to the nearest of the
// sixteen colours that both themes have in enough contrast.
func extended(codes []int) (color, used int) {
	switch {
	case len(codes) >= 2 && codes[0] == 5:
		return palette(codes[1]), 2
	case len(codes) >= 4 && codes[0] == 2:
		return nearest(codes[1], codes[2], codes[3]), 4
	}
	return -1, len(codes)
}

func palette(n int) int {
	switch {
	case n < 0 || n > 255:
		return -1
	case n < 16:
		return n
	case n >= 232:
		grey := 8 + (n-232)*10
		return nearest(grey, grey, grey)
	}
	level := func(i int) int {
		if i == 0 {
			return 0
		}
		return 55 + 40*i
	}
	n -= 16
	return nearest(level(n/36), level(n/6%6), level(n%6))
}

// nearest keeps hue and brightness: each channel that is strong against the strongest one counts.
func nearest(r, g, b int) int {
	most := max(r, g, b)
	if most < 64 {
		return 0
	}
	color := 0
	for bit, v := range []int{r, g, b} {
		if v*3 >= most*2 {
			color |= 1 << bit
		}
	}
	if color == 7 && most < 192 {
		return 8
	}
	if most > 220 {
		color += 8
	}
	return color
}
