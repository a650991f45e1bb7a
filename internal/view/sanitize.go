package view

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const tabStop = 8

// text makes what somebody else wrote (a subject, a name, a message) safe to
// show in one line: no control characters, no colours, valid UTF-8, and ASCII where that is all there is.
func (t Terminal) text(s string) string { return t.clean(s, false) }

// log makes a line that a program printed safe to show. Its colours stay
// where colour is wanted; whatever moves the cursor, sets a title, rings or
// hides goes. Of a line that was overwritten (progress bars) the last version stays.
func (t Terminal) log(s string) string {
	s = strings.TrimRight(s, "\r\n")
	if i := strings.LastIndexByte(s, '\r'); i >= 0 {
		s = s[i+1:]
	}
	return t.clean(s, t.Color)
}

func (t Terminal) clean(s string, colors bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	column, colored := 0, false
	for s != "" {
		if s[0] == 0x1b {
			n, params, isColor := sequence(s)
			s = s[n:]
			if !isColor || !colors {
				continue
			}
			if params, ok := harmless(params); ok {
				b.WriteString("\x1b[" + params + "m")
				colored = params != "" && params != "0"
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		s = s[n:]
		switch {
		case r == '\t':
			spaces := tabStop - column%tabStop
			b.WriteString(strings.Repeat(" ", spaces))
			column += spaces
			continue
		case r == '\n', r == '\r', r == '\v', r == '\f', r == '\u2028', r == '\u2029':
			r = ' '
		case unicode.IsControl(r), misleads(r):
			continue
		}
		shown := string(r) // an invalid byte is U+FFFD by now
		if !t.UTF8 && r > unicode.MaxASCII {
			shown = ascii(r)
		}
		b.WriteString(shown)
		column += width(shown)
	}
	if colored {
		b.WriteString(reset)
	}
	return b.String()
}

// isPlain reports whether s is printable ASCII, as most lines are.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// misleads reports whether r changes the order in which its neighbours are shown
// (Unicode Standard Annex 9), which can make a line read as something else.
func misleads(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// ascii spells a rune where only ASCII can be shown.
func ascii(r rune) string {
	switch r {
	case '✓', '✔':
		return "ok"
	case '✗', '✘':
		return "x"
	case '…':
		return "..."
	case '−', '–', '—':
		return "-"
	case '‘', '’':
		return "'"
	case '“', '”':
		return `"`
	case '→':
		return "->"
	case '•', '·':
		return "*"
	case '\u00a0', '\u202f':
		return " "
	}
	return "?"
}

// sequence measures the control sequence that s, which begins with ESC,
// begins with (ECMA-48, section 5). One that does not end takes the rest of the line.
func sequence(s string) (n int, params string, isColor bool) {
	if len(s) < 2 {
		return len(s), "", false
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1, s[2:i], s[i] == 'm'
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				return i, "", false // broken off: what comes is text again
			}
		}
		return len(s), "", false
	case ']', 'P', 'X', '^', '_': // strings: until BEL or ESC \
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1, "", false
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2, "", false
			}
		}
		return len(s), "", false
	}
	for i := 1; i < len(s); i++ {
		if s[i] >= 0x30 && s[i] <= 0x7e {
			return i + 1, "", false
		}
		if s[i] < 0x20 || s[i] > 0x7e {
			return i, "", false
		}
	}
	return len(s), "", false
}

// harmless keeps the parameters of a colour that only colour: what blinks
// or hides is taken out. It returns false when nothing is left.
func harmless(params string) (string, bool) {
	if params == "" {
		return "", true
	}
	fields := strings.Split(params, ";")
	var kept []string
	for i := 0; i < len(fields); i++ {
		main, _, _ := strings.Cut(fields[i], ":")
		n, err := strconv.Atoi(main)
		if err != nil && main != "" || n < 0 || len(fields[i]) > 20 || strings.Trim(fields[i], "0123456789:") != "" {
			return "", false
		}
		if n == 5 || n == 6 || n == 8 {
			continue
		}
		kept = append(kept, fields[i])
		if (n == 38 || n == 48) && fields[i] == main { // 38;5;N and 38;2;R;G;B
			more := extended(fields[i+1:])
			kept = append(kept, fields[i+1:i+1+more]...)
			i += more
			if strings.Trim(strings.Join(kept, ""), "0123456789:") != "" {
				return "", false
			}
		}
	}
	return strings.Join(kept, ";"), len(kept) > 0
}

// extended is how many parameters after 38 or 48 belong to it.
func extended(rest []string) int {
	switch {
	case len(rest) == 0:
		return 0
	case rest[0] == "5":
		return min(2, len(rest))
	case rest[0] == "2":
		return min(4, len(rest))
	}
	return 0
}
