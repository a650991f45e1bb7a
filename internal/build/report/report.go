// Package report reads what test programs say into single results: the
// stream of `go test -json`, and JUnit XML.
package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gemba"
)

// kept is how many bytes of a failed test's output are kept: its first and its last.
const kept = 64 << 10

// Summary is one line such as "148 passed" or "2 failed, 146 passed, 1 skipped".
func Summary(results []gemba.TestResult) string {
	count := map[gemba.Outcome]int{}
	for _, r := range results {
		count[r.Outcome]++
	}
	var parts []string
	for _, outcome := range []gemba.Outcome{gemba.Failed, gemba.Passed, gemba.Skipped} {
		if n := count[outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	if parts == nil {
		return "no tests"
	}
	return strings.Join(parts, ", ")
}

// output keeps the beginning and the end of a text that may be long. A
// failure tells its reason at either.
type output struct {
	head, tail []byte
	dropped    int
}

func (o *output) add(text string) {
	const half = kept / 2
	if room := half - len(o.head); room > 0 && len(o.tail) == 0 {
		n := min(room, len(text))
		o.head = append(o.head, text[:n]...)
		text = text[n:]
	}
	if text == "" {
		return
	}
	if over := len(text) - half; over > 0 {
		o.dropped += over + len(o.tail)
		o.tail = append(o.tail[:0], text[over:]...)
		return
	}
	o.tail = append(o.tail, text...)
	// Cutting only now and then keeps the cost of many short lines small.
	if len(o.tail) > 2*half {
		o.trim()
	}
}

func (o *output) trim() {
	if over := len(o.tail) - kept/2; over > 0 {
		o.dropped += over
		o.tail = append(o.tail[:0], o.tail[over:]...)
	}
}

func (o *output) empty() bool { return len(o.head) == 0 }

// String is valid UTF-8 and says how much was left out.
func (o *output) String() string {
	o.trim()
	if o.dropped == 0 {
		return strings.ToValidUTF8(string(o.head)+string(o.tail), string(utf8.RuneError))
	}
	middle := fmt.Sprintf("\n[%d bytes left out]\n", o.dropped)
	return strings.ToValidUTF8(string(o.head)+middle+string(o.tail), string(utf8.RuneError))
}
