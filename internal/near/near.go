// Package near finds, among known names, the one that somebody who wrote another most likely meant.
package near

import (
	"slices"
	"strings"
)

// longest is the length in bytes of what is compared; a name beyond it is no slip of the keyboard.
const longest = 256

// Meant returns the known name that somebody who wrote name most likely
// meant, or "" when none is near: a slip is forgiven, and one more for every five bytes.
func Meant(name string, known []string) string {
	if len(name) > longest {
		return ""
	}
	best, closest := "", 2+len(name)/5
	for _, candidate := range known {
		if strings.EqualFold(name, candidate) {
			return candidate
		}
		if d := slips(name, candidate); d < closest && d < len(candidate) {
			best, closest = candidate, d
		}
	}
	return best
}

// Sorted returns the known names, the one that differs least from name first; equal ones stay in their order.
func Sorted(name string, known []string) []string {
	name = name[:min(len(name), longest)]
	type measured struct {
		name  string
		slips int
	}
	all := make([]measured, len(known))
	for i, candidate := range known {
		all[i] = measured{candidate, slips(name, candidate)}
	}
	slices.SortStableFunc(all, func(a, b measured) int { return a.slips - b.slips })
	sorted := make([]string, len(all))
	for i, m := range all {
		sorted[i] = m.name
	}
	return sorted
}

func slips(a, b string) int {
	return distance(strings.ToLower(a), strings.ToLower(b[:min(len(b), longest)]))
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
