package deploy

import (
	"slices"
	"strings"
	"testing"

	"gemba"
)

// In each history "a" is a release that was gone forward to, "<a" one that was gone back to.
func TestBeforeIsWhatServedBeforeAndWasNotGoneBackFrom(t *testing.T) {
	for history, want := range map[string]string{
		"":                 "",
		"a":                "",
		"a a":              "",
		"a b":              "a",
		"a b b":            "a",
		"a b <a":           "", // b was gone back from, and a is the first
		"a b c <b":         "a",
		"a b c <b <a":      "",
		"a b <a c":         "a", // b did not verify and was put back
		"a b <a b":         "a", // mended elsewhere and shipped again
		"a b a":            "b", // the commit was reverted: a was gone forward to
		"a b c <a":         "",  // --to, over b
		"a b c <a d":       "a",
		"a b <x":           "b", // a history that was cut
		"a b <a <b":        "a", // --to b: forward again
		"a b a a":          "b",
		"a b a a <b":       "a",
		"a b c a <c":       "b",
		"a b <a c <a d <a": "",
	} {
		var all []Placement
		for _, word := range strings.Fields(history) {
			id, back := strings.CutPrefix(word, "<")
			all = append(all, Placement{Release: gemba.Release{ID: gemba.ReleaseID(id)}, Back: back})
		}
		slices.Reverse(all)
		got, ok := Before(all)
		if string(got.Release.ID) != want || ok != (want != "") {
			t.Errorf("before %q is %q, %v; want %q", history, got.Release.ID, ok, want)
		}
	}
}
