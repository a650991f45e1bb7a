package patch

import (
	"regexp"
	"slices"
	"strings"

	"gemba"
)

// Inst curl [7.88.1-10] (7.88.1-10+deb12u5 Debian-Security:12/stable-security [amd64])
var instLine = regexp.MustCompile(`^Inst (\S+) \[(\S+)\] \((\S+) (.*)\)`)

// Upgrades reads what `apt-get -s upgrade` says it would do, by name. What would only come along, new, is not listed.
func Upgrades(text string) []gemba.Upgrade {
	var all []gemba.Upgrade
	for line := range strings.Lines(text) {
		if m := instLine.FindStringSubmatch(line); m != nil {
			all = append(all, gemba.Upgrade{Name: m[1], From: m[2], To: m[3], Security: strings.Contains(strings.ToLower(m[4]), "security")})
		}
	}
	slices.SortFunc(all, func(a, b gemba.Upgrade) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Held are the packages with newer versions that are held: in the list that ignores holds, and held.
func Held(ignoringHolds []gemba.Upgrade, held []string) []string {
	var names []string
	for _, u := range ignoringHolds {
		if slices.Contains(held, u.Name) {
			names = append(names, u.Name)
		}
	}
	return names
}
