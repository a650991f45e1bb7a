package monitor

import "strings"

// The series that Gemba records itself; docs/formats/metrics.md tells of them.
const (
	ProbeSuccess   = "gemba_probe_success"          // 1: answered well, 0: not
	ProbeDuration  = "gemba_probe_duration_seconds" // from the question to the answer, good or not
	ProcessUp      = "gemba_process_up"             // 1: runs, 0: does not; of a process that cannot be asked
	Up             = "up"                           // 1: its own metrics were read, 0: they could not be
	ScrapeDuration = "scrape_duration_seconds"      // of reading them
)

// Reserved reports whether only Gemba may record a series of that name: what
// a process says of itself must not pass for what was seen from outside.
func Reserved(name string) bool {
	return name == Up || name == ScrapeDuration || name == ProcessUp || strings.HasPrefix(name, "gemba_probe_")
}
