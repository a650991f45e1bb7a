package view

import (
	"strings"
	"time"

	"gemba/internal/human"
)

// elapsed is a Duration for what still runs: whole seconds, so that it ticks and does not flutter.
func elapsed(d time.Duration) string { return human.Duration(max(d, 0).Truncate(time.Second)) }

// list joins names as a sentence does, and counts those after the first few.
func list(names []string, most int) string {
	if len(names) > most {
		rest := int64(len(names) - most)
		return strings.Join(names[:most], ", ") + " and " + human.Plural(rest, "other", "others")
	}
	return strings.Join(names, ", ")
}
