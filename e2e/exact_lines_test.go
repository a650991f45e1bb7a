package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gemba"
)

// text notes which lines a plan takes out of a text and puts into it.
func (c *comparison) text(change gemba.Change, m member) {
	count := c.texts[m.path]
	if count == nil {
		count = map[string]int{}
		c.texts[m.path] = count
	}
	for _, d := range change.Diffs {
		switch m.kind {
		case "line":
			count[d.From], count[d.To] = count[d.From]-1, count[d.To]+1
		case "block":
			for _, line := range strings.Split(d.From, "\n") {
				count[line]--
			}
			for _, line := range strings.Split(d.To, "\n") {
				count[line]++
			}
		}
	}
}

// lines holds the lines of texts against what was told of them. Headings of sections, settings and marks are told by their kind, and an
// empty line is told by nobody.
func (c *comparison) lines() {
	for path, told := range c.texts {
		if c.before.texts[path] == nil && c.after.texts[path] == nil {
			continue // not one whose lines are looked at
		}
		for _, line := range c.before.texts[path] {
			told[line]++
		}
		for _, line := range c.after.texts[path] {
			told[line]--
		}
		for _, line := range slices.Sorted(maps.Keys(told)) {
			own := line == "" || strings.HasPrefix(line, "[") || strings.HasPrefix(line, "key") || strings.HasPrefix(line, "# BEGIN gemba ") || strings.HasPrefix(line, "# END gemba ")
			if n := told[line]; n != 0 && !own {
				c.wrong = append(c.wrong, fmt.Sprintf("%s has the line %q %d times less than was planned", path, line, n))
			}
		}
	}
}
