package patch

import (
	"slices"
	"strings"
)

// Running reads paragraphs of `systemctl show` and returns the services that run until somebody stops them: those that
// others start for a moment, and those that were made for once, are left out.
func Running(text string) []string {
	var names []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		p := map[string]string{}
		for line := range strings.Lines(paragraph) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			p[key] = value
		}
		switch p["UnitFileState"] {
		case "", "static", "transient":
			continue
		}
		if p["SubState"] == "running" {
			names = append(names, p["Id"])
		}
	}
	slices.Sort(names)
	return names
}

// Names are the first words of lines.
func Names(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			names = append(names, words[0])
		}
	}
	slices.Sort(names)
	return names
}

// Missing are those of before that are not among after.
func Missing(before, after []string) []string {
	var names []string
	for _, name := range before {
		if !slices.Contains(after, name) {
			names = append(names, name)
		}
	}
	return names
}
