package spec

import (
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"gemba/internal/near"
)

// The environments of a declaration that names none.
const (
	production = "production"
	staging    = "staging"
)

// names are what references may lead to: kind, then name, then the block;
// a nil block is implied.
type names map[string]map[string]*node

// of lists the names of a kind, sorted.
func (n names) of(kind string) []string {
	var list []string
	for name := range n[kind] {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

func (n names) has(kind, name string) bool {
	_, known := n[kind][name]
	return known
}

// register gives every top-level block its name and returns those that are
// the first of theirs.
func (d *decoder) register(blocks []*node) []*node {
	d.names = names{}
	var kept []*node
	for _, n := range blocks {
		kind := n.block.name
		if d.names[kind] == nil {
			d.names[kind] = map[string]*node{}
		}
		if first, taken := d.names[kind][n.label]; taken {
			d.duplicate(n, first)
			continue
		}
		d.names[kind][n.label] = n
		kept = append(kept, n)
	}
	if len(d.names["environment"]) == 0 {
		d.names["environment"] = map[string]*node{production: nil, staging: nil}
	}
	return kept
}

// knownService complains about the name of a service that is not declared,
// unless it may well be declared elsewhere: services and environments may live in different repositories.
func (d *decoder) knownService(name string, at hcl.Range) {
	known := d.names.of("service")
	if len(known) == 0 || d.names.has("service", name) {
		return
	}
	if meant := near.Meant(name, known); meant != "" {
		d.fail(at, "no service `"+name+"`", "Services declared here: "+quoteAll(known)+".", "Did you mean `"+meant+"`?")
		return
	}
	d.warn(at, "service `"+name+"` is not declared here", "It is taken to be declared in a repository of its own.", "Nothing to do if it is; else declare `service \""+name+"\" { … }`.")
}

// plainName is the rule of most names: they become parts of paths, addresses and routes.
func plainName(what string) *naming {
	return &naming{what: what, form: "a small letter, then at most 62 small letters, digits and hyphens", valid: func(s string) bool {
		return len(s) <= longestName && spelledWith(s, small, small+digits+"-")
	}}
}

// variableName is the rule of names that also stand in GEMBA_VAR_NAME.
func variableName(what string) *naming {
	return &naming{what: what, form: "a letter or underscore, then at most 62 letters, digits and underscores", valid: isVariableName}
}

func isVariableName(s string) bool {
	return len(s) <= longestName && spelledWith(s, small+large+"_", small+large+digits+"_")
}

// What names are made of.
const (
	small  = "abcdefghijklmnopqrstuvwxyz"
	large  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"

	longestName = 63
)

// spelledWith reports whether s begins with one character of first and goes on with those of rest.
func spelledWith(s, first, rest string) bool {
	return s != "" && strings.Contains(first, s[:1]) && strings.Trim(s[1:], rest) == ""
}
