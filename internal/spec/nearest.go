package spec

import (
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// nearest returns the known name that somebody who wrote name most likely
// meant, or "" when none is near.
func nearest(name string, known []string) string {
	best, distance := "", 1+max(1, len(name)/3)
	for _, candidate := range known {
		if strings.EqualFold(name, candidate) {
			return candidate
		}
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(candidate), nil); d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best
}

// suggest is the remedy for an unknown name: the nearest known one, or all of them.
func suggest(name string, known []string, none string) string {
	if near := nearest(name, known); near != "" {
		return "Did you mean `" + near + "`?"
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
