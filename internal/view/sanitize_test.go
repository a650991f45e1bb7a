package view

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWhatAProgramPrintsIsMadeSafe(t *testing.T) {
	color := Terminal{Color: true, UTF8: true}
	for _, c := range []struct{ name, in, want string }{
		{"colours stay and end", "\x1b[1;31mred", "\x1b[1;31mred\x1b[0m"},
		{"colours of 256 and of 24 bits stay", "\x1b[38;5;208ma\x1b[48;2;1;2;3mb\x1b[m", "\x1b[38;5;208ma\x1b[48;2;1;2;3mb\x1b[m"},
		{"5 and 8 inside a colour are not blinking and hiding", "\x1b[38;5;8mx\x1b[0m", "\x1b[38;5;8mx\x1b[0m"},
		{"hidden and blinking text is shown plainly", "\x1b[8msecret\x1b[5;31mred\x1b[0m", "secret\x1b[31mred\x1b[0m"},
		{"the cursor stays where it is", "a\x1b[2J\x1b[10;10Hb\x1b[1A\x1b7\x1b8c", "abc"},
		{"no title is set", "a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c", "abc"},
		{"no device is asked", "a\x1bPq#0\x1b\\b\x1b[cd", "abd"},
		{"a string that does not end takes the rest", "a\x1b]52;c;Zm9v", "a"},
		{"a sequence that is broken off", "a\x1b[31\x01b", "ab"},
		{"bells and backspaces go", "a\x07\x08b\x00\x7f", "ab"},
		{"C1 controls go", "a\u009b31mb\u0085", "a31mb"},
		{"the last version of an overwritten line stays", "10%\r50%\r100%\r\n", "100%"},
		{"tabs are columns", "a\tb\t进\tc", "a       b       进      c"},
		{"invalid UTF-8 is replaced", "a\xff\xfeb", "a��b"},
		{"the order of letters stays", "a\u202eb\u2066c", "abc"},
		{"other writing stays", "grüße 进度 👩‍👩‍👧", "grüße 进度 👩‍👩‍👧"},
	} {
		if got := color.log(c.in); got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.name, c.in, got, c.want)
		}
	}
	if got := (Terminal{UTF8: true}).log("\x1b[31mred\x1b[0m"); got != "red" {
		t.Errorf("without colour: %q", got)
	}
	if got := (Terminal{}).text("“Grüße” – ✓…"); got != `"Gr??e" - ok...` {
		t.Errorf("in ASCII: %q", got)
	}
}

func FuzzLog(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[31mred", "\x1b[38;5;1;5mx", "\x1b]0;t\x07", "a\tb\r c", "\xff\x1b[", "👩‍👩‍👧\u202e", "\x1b[38;2;1m", "\x1b[;;m"} {
		f.Add(seed, uint8(20))
	}
	f.Fuzz(func(t *testing.T, text string, columns uint8) {
		for _, on := range []Terminal{{Color: true, UTF8: true}, {UTF8: true}, {Color: true}, {}} {
			got := on.log(text)
			harmlessLine(t, on, got)
			if again := on.log(got); on.UTF8 && again != got {
				t.Errorf("twice is not once: %q, then %q", got, again)
			}
			w := int(columns%100) + 4
			short := on.cut(got, w)
			harmlessLine(t, on, short)
			if width(short) > w {
				t.Errorf("%q takes %d columns, not %d", short, width(short), w)
			}
		}
	})
}

// harmlessLine holds what every shown line promises: nothing but colours that end, one line, valid.
func harmlessLine(t *testing.T, on Terminal, s string) {
	t.Helper()
	bare, last := "", reset
	for _, p := range pieces(s) {
		if colorLength(p.text) > 0 {
			last = p.text
			if strings.Trim(p.text[2:len(p.text)-1], "0123456789;:") != "" {
				t.Errorf("not a colour: %q", p.text)
			}
			continue
		}
		bare += p.text
	}
	if !on.Color && bare != s {
		t.Errorf("colour where none is wanted: %q", s)
	}
	if last != reset && last != "\x1b[m" {
		t.Errorf("a colour goes on after the line: %q", s)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(bare, unicode.IsControl) || strings.ContainsFunc(bare, misleads) {
		t.Errorf("not harmless: %q", s)
	}
	if !on.UTF8 && strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		t.Errorf("not ASCII: %q", s)
	}
}

func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab ✗0 进é")), 0, 120, -1).Draw(t, "text")
		w := rapid.IntRange(6, 60).Draw(t, "width")
		lines := wrap(s, w, "  ")
		for _, l := range lines {
			if width(l) > w {
				t.Fatalf("%q takes %d of %d columns", l, width(l), w)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, " ", "")), "") }
		if got := squeeze(strings.Join(lines, "")); got != squeeze(s) {
			t.Fatalf("%q became %q", s, lines)
		}
	})
}
