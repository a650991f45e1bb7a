package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"gemba"
)

// hostReference is a reference as it was written; which hosts it means is known once all are built.
type hostReference struct {
	name string
	at   hcl.Range
}

// hostReferences is a reference to hosts, or a list of them.
func hostReferences() kind {
	return kind{name: "hosts", expect: "a reference such as `host.web`, without quotes, or a list of them", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		list := []hclsyntax.Expression{e}
		if tuple, is := e.(*hclsyntax.TupleConsExpr); is {
			list = tuple.Exprs
		}
		references := []hostReference{} // a bad one is said at once, and the others are looked up all the same
		for _, e := range list {
			t, problems := hcl.AbsTraversalForExpr(e)
			if problems.HasErrors() || t.RootName() != "host" || len(t) > 2 {
				d.wrong(a, e.Range(), "this is something else")
				continue
			}
			name, named := second(t)
			if !named {
				d.member(t)
				continue
			}
			references = append(references, hostReference{name, e.Range()})
		}
		return references, true
	}}
}

// groups are those that an environment's own blocks declare, on top of what is inherited.
func (d *decoder) groups(n *node, inherited []gemba.Group) []gemba.Group {
	own := map[string]*node{}
	for _, block := range n.all("group") {
		own[block.label] = block
	}
	var groups []gemba.Group
	for _, g := range inherited {
		block := own[g.Name]
		delete(own, g.Name)
		if block == nil {
			d.fail(n.at("copy_of"), "`"+n.label+"` needs hosts of its own for the group `"+g.Name+"`", "A copy inherits the profile of a group, and never its hosts.",
				"Add `group \""+g.Name+"\" { hosts = host.NAME }` to "+n.title()+"; `hosts = []` if it has none.")
			continue
		}
		groups = append(groups, d.group(block, g.Profile))
	}
	for _, block := range n.all("group") {
		if own[block.label] != nil {
			groups = append(groups, d.group(block, ""))
		}
	}
	return groups
}

func (d *decoder) group(n *node, profile string) gemba.Group {
	g := gemba.Group{Name: n.label, Hosts: []gemba.Host{}, Profile: profile}
	if n.has("profile") {
		g.Profile = value[string](n, "profile")
	}
	for _, r := range value[[]hostReference](n, "hosts") {
		hosts, known := d.hostsOf[r.name]
		if !known {
			d.fail(r.at, "no host `"+r.name+"`", "Nothing of that name is declared.", suggest(r.name, prefixed("host", d.names.of("host")), "Declare it: `host \""+r.name+"\" { … }`."))
		}
		g.Hosts = append(g.Hosts, hosts...)
	}
	return g
}

// distinctHosts complains about a host that stands in two groups, or twice in one: it would be two things at once.
func (d *decoder) distinctHosts(environments []*node) {
	type stand struct {
		environment, group string
		at                 hcl.Range
	}
	taken := map[string]stand{}
	for _, n := range environments {
		for _, group := range n.all("group") {
			for _, r := range value[[]hostReference](group, "hosts") {
				for _, h := range d.hostsOf[r.name] {
					first, again := taken[h.Name]
					if !again {
						taken[h.Name] = stand{n.label, group.label, r.at}
						continue
					}
					what := "the host `" + h.Name + "` stands in two groups"
					if first.environment == n.label && first.group == group.label {
						what = "the host `" + h.Name + "` stands twice in this group"
					}
					d.fail(r.at, what, "It was put into the group `"+first.group+"` of `"+first.environment+"` before, at "+place(first.at)+".",
						"A host has one place: take it out of one of the two.")
					break // the others of the reference would say the same
				}
			}
		}
	}
}
