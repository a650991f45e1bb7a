package spec

import "github.com/hashicorp/hcl/v2"

// facts are what a host says of itself: known there, and nowhere before.
func facts() []string {
	return []string{"addresses", "architecture", "codename", "cpus", "distribution", "fqdn", "hostname", "kernel", "memory", "version", "virtualization"}
}

// fact reports whether a reference leads to a fact, and may stand in this attribute.
func (d *decoder) fact(a attribute, t hcl.Traversal) bool {
	if d.scope.near == nil {
		d.fail(t.SourceRange(), "`facts` are known only on a host", "They may stand in texts of the resources of a profile.", "Write the value itself, or a variable: var.NAME.")
		return false
	}
	if a.allows&allowFacts == 0 {
		d.fail(t.SourceRange(), "a fact cannot stand in "+a.spelled(), "It is known only on the host, and what stands here has to be known before.", "Write the value itself, or a variable: var.NAME.")
		return false
	}
	name, ok := second(t)
	if !ok {
		d.fail(t.SourceRange(), "`facts` alone says nothing", "Expected the name of a fact after it.", suggest("", facts(), ""))
		return false
	}
	for _, known := range facts() {
		if name == known {
			return true
		}
	}
	d.fail(t.SourceRange(), "no fact `"+name+"`", "A host does not say this of itself.", suggest(name, facts(), ""))
	return false
}
