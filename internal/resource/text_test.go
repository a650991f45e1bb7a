package resource_test

import (
	"testing"

	"pgregory.net/rapid"

	"gemba/internal/resource"
)

func TestLinesJoinedAgainAreTheTextToTheByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab\r\n "))).Draw(t, "text")
		if got := resource.SplitLines(text).String(); got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestALineAfterOneWithoutAnEndComesOnALineOfItsOwn(t *testing.T) {
	l := resource.SplitLines("a\r\nb")
	l.Insert(2, "c")
	if got := l.String(); got != "a\r\nb\r\nc\r\n" {
		t.Errorf("%q", got)
	}
}
