package converge

import "gemba"

// Way is the order in which a commit comes to the hosts of environments: the copies of an environment before it, those of copies
// before them. Environments without hosts are passed over.
func Way(environments []gemba.Environment) []gemba.Environment {
	var way []gemba.Environment
	var before func(e gemba.Environment)
	before = func(e gemba.Environment) {
		for _, other := range environments {
			if other.CopyOf == e.Name {
				before(other)
			}
		}
		if hosts(e) > 0 {
			way = append(way, e)
		}
	}
	for _, e := range environments {
		if e.CopyOf == "" {
			before(e)
		}
	}
	return way
}

func hosts(e gemba.Environment) int {
	n := 0
	for _, g := range e.Groups {
		if g.Profile != "" {
			n += len(g.Hosts)
		}
	}
	return n
}

// Batches splits the hosts of an environment: those of a copy all at once; those of an original one first, and then a quarter at a
// time, so that what goes wrong goes wrong for few.
func Batches(e gemba.Environment) [][]string {
	var names []string
	for _, g := range e.Groups {
		if g.Profile == "" {
			continue
		}
		for _, h := range g.Hosts {
			names = append(names, h.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	if e.CopyOf != "" {
		return [][]string{names}
	}
	batches := [][]string{names[:1]}
	size := max(1, (len(names)+3)/4)
	for rest := names[1:]; len(rest) > 0; rest = rest[min(size, len(rest)):] {
		batches = append(batches, rest[:min(size, len(rest))])
	}
	return batches
}

// Exception reports whether an environment has a copy with hosts, so that a change of its own hosts should have come through that.
func Exception(environments []gemba.Environment, name string) bool {
	for _, e := range environments {
		if e.CopyOf == name && hosts(e) > 0 {
			return true
		}
	}
	return false
}
