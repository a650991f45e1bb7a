package spec

import (
	"strconv"
	"strings"

	"gemba/internal/near"
)

// suggest is the remedy for an unknown name: the nearest known one, or all of them.
func suggest(name string, known []string, none string) string {
	if meant := near.Meant(name, known); meant != "" {
		return "Did you mean `" + meant + "`?"
	}
	if len(known) == 0 {
		return none
	}
	return "Known here: " + quoteAll(known) + "."
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + n + "`"
	}
	return strings.Join(quoted, ", ")
}

func itoa(n int) string { return strconv.Itoa(n) }
