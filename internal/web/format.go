package web

import (
	"time"

	"gemba"
	"gemba/internal/human"
)

// took says how long something lasted; nothing of what did not begin.
func took(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return human.Duration(d)
}

// latency says how long an answer took; a dash where there was none.
func latency(d gemba.Duration) string {
	if d <= 0 {
		return "–"
	}
	return human.Duration(time.Duration(d))
}

// exact is a time as the hover shows it.
func exact(t time.Time) string {
	return t.Format("Mon 2 Jan 2006, 15:04:05 MST")
}

// plural is "1 test", "2 tests".
func plural(n int, one string) string { return human.Plural(int64(n), one, one+"s") }
