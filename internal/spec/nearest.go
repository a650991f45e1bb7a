package spec

import (
	"strconv"
	"strings"
)

// nearest returns the known name that somebody who wrote name most likely
// meant, or "" when none is near.
func nearest(name string, known []string) string {
	if len(name) > longestName {
		return ""
	}
	best, closest := "", 2+len(name)/5
	for _, candidate := range known {
		if strings.EqualFold(name, candidate) {
			return candidate
		}
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < closest && d < len(candidate) {
			best, closest = candidate, d
		}
	}
	return best
}

// distance is how many slips of the keyboard lead from a to b: a character
// left out, added, wrong, or two of them swapped (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
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
