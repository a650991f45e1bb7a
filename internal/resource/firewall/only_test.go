package firewall

import (
	"strings"
	"testing"
)

func FuzzWhatIsTakenAsOneTableNamesNoOther(f *testing.F) {
	for _, text := range []string{"table inet a { }", "define x = { 1 }\ntable inet a {\n}", "flush ruleset", "table inet a { # }\n}", "table inet a { comment \"}\" }", "}table ip b {"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if onlyTable(text, "inet a") != nil {
			return
		}
		if first := strings.TrimSpace(text); strings.HasPrefix(first, "flush") || strings.HasPrefix(first, "table ip ") || strings.HasPrefix(first, "include") {
			t.Errorf("%q was taken", text)
		}
	})
}
