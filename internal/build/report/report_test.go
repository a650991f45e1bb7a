package report_test

import (
	"testing"

	"gemba"
	"gemba/internal/build/report"
)

func TestSummary(t *testing.T) {
	of := func(passed, failed, skipped int) []gemba.TestResult {
		var results []gemba.TestResult
		for outcome, n := range map[gemba.Outcome]int{gemba.Passed: passed, gemba.Failed: failed, gemba.Skipped: skipped} {
			for range n {
				results = append(results, gemba.TestResult{Outcome: outcome})
			}
		}
		return results
	}
	for want, results := range map[string][]gemba.TestResult{
		"no tests":                        nil,
		"148 passed":                      of(148, 0, 0),
		"2 failed, 146 passed, 1 skipped": of(146, 2, 1),
		"1 failed":                        of(0, 1, 0),
		"3 skipped":                       of(0, 0, 3),
	} {
		if got := report.Summary(results); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
