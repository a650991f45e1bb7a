package packages

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gemba/internal/near"
	"gemba/internal/resource"
)

// simulation is what apt-get says a transaction would do.
type simulation struct {
	names   []string          // whose transaction it is, without those that are missing; sorted
	to      map[string]string // the version that each would have
	pulls   []string          // what else would be installed, changed or removed
	missing map[string]string // those that apt has no candidate for, and why
	problem string            // why it cannot be done
}

// simulate asks what a transaction of these packages would do. Those that apt does not know are left out, so that it tells of the others.
func simulate(ctx context.Context, sys resource.System, native string, all []declared) *simulation {
	s := &simulation{to: map[string]string{}, missing: map[string]string{}}
	left := slices.Clone(all)
	for range 3 {
		if len(left) == 0 {
			break
		}
		out, err := sys.Run(ctx, joint(true, left))
		if err == nil {
			s.read(string(out.Stdout), native, all)
			for _, d := range left {
				s.names = append(s.names, d.Name)
			}
			break
		}
		var exit *resource.ExitError
		if !errors.As(err, &exit) {
			s.problem = err.Error()
			break
		}
		missing := unknown(string(exit.Stderr), left)
		if len(missing) == 0 {
			s.problem = complaint(string(exit.Stderr))
			break
		}
		for name := range missing {
			s.missing[name] = explainMissing(ctx, sys, name, missing[name])
		}
		left = slices.DeleteFunc(left, func(d declared) bool { return missing[d.Name] != "" })
	}
	slices.Sort(s.names)
	return s
}

// joint is the one transaction of several packages that agree on what they recommend.
func joint(simulated bool, all []declared) resource.Command {
	var words []string
	exact := false
	for _, d := range all {
		words = append(words, word(d))
		exact = exact || d.Version != "" && d.Version != latest || d.Source != ""
	}
	slices.Sort(words)
	return transaction(simulated, all[0].Recommends, exact, words)
}

var (
	// Inst curl [7.88.1-1] (7.88.1-2 Debian:12.5/stable [amd64]) []
	instLine = regexp.MustCompile(`^Inst (\S+)(?: \[(\S+)\])? \((\S+)`)
	remvLine = regexp.MustCompile(`^(?:Remv|Purg) (\S+)(?: \[(\S+)\])?`)
)

// read takes what would be done out of what apt-get -s prints.
func (s *simulation) read(text, native string, all []declared) {
	asked := map[string]string{}
	for _, d := range all {
		asked[strings.TrimSuffix(d.Name, ":"+native)] = d.Name
	}
	for line := range strings.Lines(text) {
		if m := instLine.FindStringSubmatch(line); m != nil {
			name, from, to := m[1], m[2], m[3]
			if declared, ok := asked[name]; ok {
				s.to[declared] = to
			} else if from != "" {
				s.pulls = append(s.pulls, fmt.Sprintf("%s %s → %s", name, from, to))
			} else {
				s.pulls = append(s.pulls, name+" "+to)
			}
		} else if m := remvLine.FindStringSubmatch(line); m != nil && asked[m[1]] == "" {
			s.pulls = append(s.pulls, m[1]+" is removed")
		}
	}
	slices.Sort(s.pulls)
}

var (
	unlocated = regexp.MustCompile(`(?m)^E: Unable to locate package (\S+)`)
	uncandid  = regexp.MustCompile(`(?m)^E: Package '(\S+)' has no installation candidate`)
	noVersion = regexp.MustCompile(`(?m)^E: Version '(\S+)' for '(\S+)' was not found`)
)

// The reasons for which apt has no candidate.
const (
	noPackage = "apt knows no such package"
	isVirtual = "no package of that name can be installed"
	noSuchOne = "apt does not know that version"
)

// unknown names those of the packages that apt has no candidate for, and why.
func unknown(stderr string, all []declared) map[string]string {
	found := map[string]string{}
	say := func(name, why string) {
		for _, d := range all {
			if bare, _, _ := strings.Cut(d.Name, ":"); d.Name == name || bare == name {
				found[d.Name] = why
			}
		}
	}
	for _, m := range unlocated.FindAllStringSubmatch(stderr, -1) {
		say(m[1], noPackage)
	}
	for _, m := range uncandid.FindAllStringSubmatch(stderr, -1) {
		say(m[1], isVirtual)
	}
	for _, m := range noVersion.FindAllStringSubmatch(stderr, -1) {
		say(m[2], noSuchOne)
	}
	return found
}

// explainMissing says what there is instead.
func explainMissing(ctx context.Context, sys resource.System, name, why string) string {
	bare, _, _ := strings.Cut(name, ":")
	lines := func(argv ...string) []string {
		out, err := sys.Run(ctx, resource.Command{Argv: argv})
		if err != nil {
			return nil
		}
		return strings.Split(strings.TrimSpace(string(out.Stdout)), "\n")
	}
	switch why {
	case noPackage:
		if meant := near.Meant(bare, lines("apt-cache", "pkgnames", "--", bare[:min(len(bare), 3)])); meant != "" {
			return fmt.Sprintf("%s; did you mean %q?", why, meant)
		}
		return why + "; is its repository declared?"
	case isVirtual:
		_, providers, _ := strings.Cut(strings.Join(lines("apt-cache", "showpkg", "--", bare), "\n"), "Reverse Provides:")
		var names []string
		for line := range strings.Lines(providers) {
			if words := strings.Fields(line); len(words) > 1 && !slices.Contains(names, words[0]) {
				names = append(names, words[0])
			}
		}
		if len(names) == 0 {
			return why
		}
		slices.Sort(names)
		return why + "; declare one of those that provide it: " + strings.Join(names, ", ")
	}
	var versions []string
	for _, line := range lines("apt-cache", "madison", "--", bare) {
		if fields := strings.Split(line, "|"); len(fields) == 3 && !slices.Contains(versions, strings.TrimSpace(fields[1])) {
			versions = append(versions, strings.TrimSpace(fields[1]))
		}
	}
	if len(versions) == 0 {
		return why
	}
	return why + "; there is " + strings.Join(versions, ", ")
}
