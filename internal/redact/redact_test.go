package redact_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba/internal/redact"
)

func TestWhatIsRedacted(t *testing.T) {
	for name, c := range map[string]struct {
		values   []string
		in, want string
	}{
		"one":             {[]string{"s3cret"}, "password=s3cret;", "password=[redacted];"},
		"several":         {[]string{"s3cret", "t0ken"}, "s3cret t0ken s3cret", "[redacted] [redacted] [redacted]"},
		"nothing":         {[]string{"s3cret"}, "all well", "all well"},
		"no secrets":      {nil, "all well", "all well"},
		"too short":       {[]string{"abc"}, "abc", "abc"},
		"four bytes":      {[]string{"abcd"}, "xabcdx", "x[redacted]x"},
		"beginning only":  {[]string{"s3cret"}, "s3cre", "s3cre"},
		"one in another":  {[]string{"s3cret", "s3cret-long"}, "s3cret-long s3cret-lo", "[redacted] [redacted]-lo"},
		"overlapping":     {[]string{"abcdef", "defghi"}, "xabcdefghix", "x[redacted]x"},
		"repeating":       {[]string{"aaaa"}, "aaaaaaab", "[redacted]b"},
		"several lines":   {[]string{"first line\nsecond line\nxy"}, "> first line\n> second line\nxy\n", "> [redacted]\n> [redacted]\nxy\n"},
		"not text at all": {[]string{"\xff\xfe\xfd\xfc"}, "a\xff\xfe\xfd\xfcb", "a[redacted]b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := redact.New(c.values...).Text(c.in); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

// few is an alphabet so small that values overlap and repeat themselves.
func few(least, most int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune("XY")), least, most, -1)
}

func TestNoSplitOfTheWritesChangesWhatIsRedacted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := redact.New(rapid.SliceOfN(few(4, 7), 1, 3).Draw(t, "values")...)
		pieces := rapid.SliceOf(few(0, 9)).Draw(t, "pieces")
		var out bytes.Buffer
		w := r.Writer(&out)
		for _, piece := range pieces {
			if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if whole := r.Text(strings.Join(pieces, "")); out.String() != whole {
			t.Fatalf("in pieces %q, whole %q", out.String(), whole)
		}
	})
}

func TestNoByteOfAValueIsLeftAndNoOtherByteIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(few(4, 7), 1, 3).Draw(t, "values")
		text := few(0, 60).Draw(t, "text")
		// The plain way: mark every byte of every place where a value stands.
		covered := make([]bool, len(text))
		for _, v := range values {
			for i := range text {
				if strings.HasPrefix(text[i:], v) {
					for j := range v {
						covered[i+j] = true
					}
				}
			}
		}
		var want strings.Builder
		for i := range text {
			switch {
			case !covered[i]:
				want.WriteByte(text[i])
			case i == 0 || !covered[i-1]:
				want.WriteString("[redacted]")
			}
		}
		if got := redact.New(values...).Text(text); got != want.String() {
			t.Fatalf("got %q, want %q", got, want.String())
		}
	})
}

func TestALineThatIsHarmlessPassesAtOnce(t *testing.T) {
	var out bytes.Buffer
	w := redact.New("s3cret").Writer(&out)
	_, _ = w.Write([]byte("building\n"))
	if out.String() != "building\n" {
		t.Fatalf("%q", out.String())
	}
	_, _ = w.Write([]byte("password: s3c"))
	if out.String() != "building\npassword: " {
		t.Fatalf("%q", out.String())
	}
	_, _ = w.Write([]byte("ond"))
	if out.String() != "building\npassword: s3cond" {
		t.Fatalf("%q", out.String())
	}
}

type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestTheErrorOfTheWriterBelowIsPassedOn(t *testing.T) {
	if _, err := redact.New("s3cret").Writer(brokenPipe{}).Write([]byte("a")); !errors.Is(err, errPipe) {
		t.Fatal(err)
	}
}
