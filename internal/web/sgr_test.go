package web

import (
	"encoding/xml"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestColoursBecomeClasses(t *testing.T) {
	for line, want := range map[string]string{
		"plain":                             "plain",
		"\x1b[31mred\x1b[0m rest":           `<span class="f1">red</span> rest`,
		"\x1b[1;4;92mdone\x1b[m":            `<span class="b u f10">done</span>`,
		"\x1b[38;5;196mred\x1b[39m":         `<span class="f9">red</span>`,
		"\x1b[48;2;0;0;200mx":               `<span class="g4">x</span>`,
		"\x1b]8;;http://x\x1b\\link\x1b[2K": "link",
		"\x1b]0;title\atext":                "text",
		"10 %\r50 %\r100 %\r":               "100 %",
		"a\x00b\x07c\td":                    "abc\td",
		"\x1b[31m<b>&\"'":                   `<span class="f1">&lt;b&gt;&amp;&#34;&#39;</span>`,
		"cut off \x1b[3":                    "cut off ",
		"odd \x1b[3é":                       "odd é",
		"\x1b":                              "",
	} {
		if got := colored(line); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

// FuzzColored holds that whatever a build prints becomes well-formed text in spans, and nothing else.
func FuzzColored(f *testing.F) {
	for _, s := range []string{"\x1b[31m<script>alert(1)</script>", "\x1b[38;5;\x1b[38;2;1;2", "\x1b]8;;\x1b\\", "\xff\xfe\x1b[\x80", "\x1b[99999999999999999999m", "\x1b[38;5;-1m"} {
		f.Add(s)
	}
	tag := regexp.MustCompile(`<span class="[a-z0-9 ]+">|</span>`)
	f.Fuzz(func(t *testing.T, line string) {
		got := colored(line)
		if rest := tag.ReplaceAllString(got, ""); strings.ContainsAny(rest, "<>\"'\x1b") {
			t.Fatalf("%q becomes %q", line, got)
		}
		d := xml.NewDecoder(strings.NewReader("<p>" + got + "</p>"))
		d.Strict = false // any character is allowed in HTML
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil && !strings.Contains(err.Error(), "illegal character") && !strings.Contains(err.Error(), "invalid UTF-8") {
				t.Fatalf("%q becomes %q: %v", line, got, err)
			}
		}
		if text := html.UnescapeString(tag.ReplaceAllString(got, "")); len(text) > 3*len(line) {
			t.Fatalf("%q grows to %q", line, text)
		}
	})
}
