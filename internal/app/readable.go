package app

import (
	"strings"

	"gemba"
	"gemba/internal/build/report"
)

// readable turns what a suite prints for machines into what a person reads; false where there is nothing to show.
// The log keeps it as it was printed.
func readable(step gemba.Step, line gemba.LogLine) (gemba.LogLine, bool) {
	if step.Kind != gemba.StepTest || line.Stream != "out" || !strings.HasPrefix(line.Text, "{") {
		return line, true
	}
	text, shown := report.Readable(line.Text)
	line.Text = strings.TrimSuffix(text, "\n")
	return line, shown
}

// named lists tests that failed, each with the first line that says why, as further lines of a step's message.
func named(results []gemba.TestResult) string {
	const most = 5
	var lines []string
	for _, r := range results {
		if r.Outcome != gemba.Failed {
			continue
		}
		if len(lines) == most {
			lines = append(lines, "… and more:  gemba tests RUN")
			break
		}
		lines = append(lines, strings.TrimSuffix(r.Name+": "+why(r.Output), ": "))
	}
	return strings.Join(lines, "\n")
}

// why is the first line of a failed test's output that is not only the runner's own.
func why(output string) string {
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			return line
		}
	}
	return ""
}
