package ledger

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Report is what a verification found.
type Report struct {
	Ledger   string    `json:"ledger"`   // its identity
	Events   int64     `json:"events"`   // that are stored
	Sealed   int64     `json:"sealed"`   // events 1 to Sealed are proved by a signed head
	Heads    int       `json:"heads"`    // in the store
	Outside  int       `json:"outside"`  // heads outside the state directory
	Findings []Finding `json:"findings"` // what is wrong; empty: nothing
}

// Finding is one thing that is wrong.
type Finding struct {
	Seq  int64  `json:"seq,omitempty"` // of the event; 0: of no single one
	What string `json:"what"`          // a sentence
}

// OK reports whether nothing is wrong. Events that are not yet sealed are not wrong.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// Unsealed is how many events lie after the last head that agrees.
func (r Report) Unsealed() int64 { return r.Events - r.Sealed }

// String is the report in sentences, one per line.
func (r Report) String() string {
	var lines []string
	for _, finding := range r.Findings {
		lines = append(lines, strings.TrimSpace(finding.What))
	}
	if r.OK() {
		lines = append(lines, fmt.Sprintf("%s, %d of them under %s: none was changed, removed, cut off or made anew.",
			events(r.Events), r.Sealed, plural(r.Heads, "signed head")))
	}
	if r.OK() && r.Unsealed() > 0 {
		lines = append(lines, fmt.Sprintf("After the last head: %s, not yet sealed.", events(r.Unsealed())))
	}
	return strings.Join(lines, "\n")
}

// findingsKept bounds the report on a store where everything is wrong.
const findingsKept = 20

func (v *verification) finish() Report {
	if dropped := len(v.report.Findings) - findingsKept; dropped > 0 {
		v.report.Findings = append(v.report.Findings[:findingsKept],
			Finding{What: fmt.Sprintf("And %s more.", count(dropped))})
	}
	return v.report
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func count(n int) string     { return strconv.Itoa(n) }
func count64(n int64) string { return strconv.FormatInt(n, 10) }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

func more(n int) string {
	if n == 0 {
		return ""
	}
	return plural(n, "later head") + " disagree too."
}
