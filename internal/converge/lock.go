package converge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gemba"
)

// Lock is the versions of packages that a profile is baked with, by name. As a text it has a line NAME=VERSION for each, sorted.
type Lock map[string]string

// ParseLock reads a lock. A text without packages is an empty lock.
func ParseLock(text string) (Lock, error) {
	lock := Lock{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, version, is := strings.Cut(line, "=")
		if !is || name == "" || version == "" || strings.ContainsAny(line, " \t") {
			return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("line %d of the lock cannot be read", n), fmt.Sprintf("expected NAME=VERSION, found %q", line), "put right what was edited, or bake with --update")
		}
		lock[name] = version
	}
	return lock, nil
}

// String is the text of a lock.
func (l Lock) String() string {
	var b strings.Builder
	b.WriteString("# The packages of a baked image. gemba bake writes this file; with --update it takes the newest versions.\n")
	for _, name := range slices.Sorted(maps.Keys(l)) {
		b.WriteString(name + "=" + l[name] + "\n")
	}
	return b.String()
}

// Holds reports, as an error, which installed packages have another version than the lock says. Packages that it does not know
// are new, and no error.
func (l Lock) Holds(installed map[string]string) error {
	var others []string
	for _, name := range slices.Sorted(maps.Keys(installed)) {
		if locked := l[name]; locked != "" && locked != installed[name] {
			others = append(others, fmt.Sprintf("%s is %s and not %s", name, installed[name], locked))
		}
	}
	if len(others) == 0 {
		return nil
	}
	more := ""
	if len(others) > 5 {
		others, more = others[:5], fmt.Sprintf(" and %d more", len(others)-5)
	}
	return gemba.Fail(gemba.Conflict, "the versions of the lock cannot be had", strings.Join(others, ", ")+more+": neither the base nor the repositories have what the lock names", "take what there is now:  gemba bake --update")
}
