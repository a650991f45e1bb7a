package resource

import (
	"fmt"
	"regexp"
)

// Position says where something new comes into a text: after or before the last line that a pattern matches, and at the end where none does.
type Position struct {
	after, before *regexp.Regexp
	top           bool
}

// Top, as the pattern of before, is the beginning of the text.
const Top = "BOF"

// ParsePosition reads patterns, of which at most one is given.
func ParsePosition(after, before string) (Position, error) {
	var p Position
	var err error
	if after != "" && before != "" {
		return p, fmt.Errorf("after and before exclude each other")
	}
	if before == Top {
		p.top = true
		return p, nil
	}
	if after != "" {
		if p.after, err = regexp.Compile(after); err != nil {
			return p, fmt.Errorf("after: %w", err)
		}
	}
	if before != "" {
		if p.before, err = regexp.Compile(before); err != nil {
			return p, fmt.Errorf("before: %w", err)
		}
	}
	return p, nil
}

// In is the index at which something new comes into the lines.
func (p Position) In(lines []string) int {
	if p.top {
		return 0
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if p.after != nil && p.after.MatchString(lines[i]) {
			return i + 1
		}
		if p.before != nil && p.before.MatchString(lines[i]) {
			return i
		}
	}
	return len(lines)
}
