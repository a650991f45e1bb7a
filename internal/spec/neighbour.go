package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"gemba"
	"gemba/internal/near"
)

// neighbourhood is what a resource may refer to beside what everything may:
// the others of its profile, and its own turn of for_each or count.
type neighbourhood struct {
	kinds    map[string]bool                 // kinds of resources
	declared map[string]map[string]hcl.Range // kind, then name, then where it is declared
	open     map[string]bool                 // kinds of which a name is not known, because of a mistake
	block    *block                          // of what is being read
	file     string                          // that it stands in
	turns    string                          // "each" or "count", where it stands for several
	indexed  map[hcl.Range]bool              // each `user` of a user[each.key] that was looked up
	found    []edge                          // what the settings of the resource that is being read refer to
}

// edge leads to another resource of the profile.
type edge struct {
	address string
	at      hcl.Range
}

// within is the scope of what stands in a profile.
func (s *scope) within(area *neighbourhood) *scope {
	values := map[string]cty.Value{"facts": s.object(facts(), func(name string) string { return s.marker + "fact:" + name + markerEnd })}
	for kind := range area.kinds {
		members := map[string]cty.Value{}
		for name := range area.declared[kind] {
			members[name] = cty.StringVal(name)
		}
		values[kind] = cty.ObjectVal(members)
	}
	inner := *s
	inner.context, inner.near = s.context.NewChild(), area
	inner.context.Variables = values
	return &inner
}

// turned is the scope of one resource of several.
func (s *scope) turned(root string, value cty.Value) *scope {
	if root == "" {
		return s
	}
	inner := *s
	inner.context = s.context.NewChild()
	inner.context.Variables = map[string]cty.Value{root: value}
	return &inner
}

// roots lists the names that an expression in a resource can begin with.
func (area *neighbourhood) roots() []string {
	roots := []string{"environment", "facts", "secret", "service", "var"}
	if area.turns != "" && area.turns != turnsUnclear {
		roots = append(roots, area.turns)
	}
	return roots
}

// secretive says where secrets may stand.
func (area *neighbourhood) secretive() string {
	var names []string
	for _, a := range area.block.attributes {
		if a.allows&allowSecrets != 0 {
			names = append(names, a.name)
		}
	}
	if len(names) == 0 {
		return "No setting of `" + area.block.name + "` holds secrets; a `file` can, with its `content`."
	}
	return "Settings of `" + area.block.name + "` that may hold one: " + quoteAll(names) + "."
}

// neighbour reports whether a reference such as user.guestbook leads to a
// resource of the profile, and may stand in this attribute.
func (d *decoder) neighbour(a attribute, t hcl.Traversal) bool {
	root, area := t.RootName(), d.scope.near
	name, named := second(t)
	if a.refers != root {
		try := "Write the name as a text"
		if named {
			try += ", and add `" + settingRequires + " = [" + resourceSpelled(root, name) + "]`"
		}
		why := "It names no resource."
		if a.refers != "" {
			why = "It may name a `" + a.refers + "`."
		}
		d.fail(t.SourceRange(), "`"+root+"` cannot stand in "+a.spelled(), why, try+".")
		return false
	}
	if named {
		return area.find(d.declared(root, name, t.SourceRange()))
	}
	if area.indexed[t.SourceRange()] {
		return true
	}
	d.fail(t.SourceRange(), "`"+root+"` alone says nothing", "Expected the name of a resource after it.", "Write "+root+".NAME or "+root+"[\"NAME\"].")
	return false
}

// find notes that a setting refers to a resource.
func (area *neighbourhood) find(e edge, ok bool) bool {
	if ok {
		area.found = append(area.found, e)
	}
	return ok
}

// indexed looks up references whose name is computed, such as user[each.key].
func (d *decoder) indexed(a attribute, e hclsyntax.Expression) bool {
	area, good := d.scope.near, true
	if area == nil || a.refers == "" {
		return true
	}
	hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		index, is := n.(*hclsyntax.IndexExpr)
		if !is {
			return nil
		}
		if of, bare := index.Collection.(*hclsyntax.ScopeTraversalExpr); bare && len(of.Traversal) == 1 && of.Traversal.RootName() == a.refers && area.kinds[a.refers] {
			good = d.outside(e, index) && area.find(d.computed(a, a.refers, index)) && good
			area.indexed[of.Traversal.SourceRange()] = true
		}
		return nil
	})
	return good
}

// outside refuses a name that a for expression of e gives: nothing says for which resources it stands.
func (d *decoder) outside(e hclsyntax.Expression, index *hclsyntax.IndexExpr) bool {
	known := map[string]bool{}
	for _, t := range e.Variables() {
		known[t.RootName()] = true
	}
	for _, t := range index.Key.Variables() {
		if root := t.RootName(); !known[root] {
			d.fail(t.SourceRange(), "a reference cannot be made from `"+root+"`", "It stands for one after the other, and every resource that is referred to has to be known.",
				"Name the resources one by one, use `"+settingForEach+"` and each.key, or write the names as texts and add `"+settingRequires+"`.")
			return false
		}
	}
	return true
}

// computed is the resource that KIND[expression] leads to.
func (d *decoder) computed(a attribute, kind string, index *hclsyntax.IndexExpr) (edge, bool) {
	v, ok := d.evaluate(attribute{name: a.name, kind: a.kind, example: a.example}, index.Key)
	if !ok {
		return edge{}, false
	}
	if v.IsNull() || v.Type() != cty.String {
		d.fail(index.Key.Range(), "wrong name of a resource", "Expected a text; this is "+described(v)+".", "Write "+kind+"[\"NAME\"].")
		return edge{}, false
	}
	return d.declared(kind, v.AsString(), index.Range())
}

// declared is the edge to a resource, which the profile has to have.
func (d *decoder) declared(kind, name string, at hcl.Range) (edge, bool) {
	area := d.scope.near
	if _, known := area.declared[kind][name]; known {
		return edge{gemba.Address(kind, name), at}, true
	}
	if area.open[kind] {
		return edge{}, false
	}
	var names []string
	for other := range area.declared[kind] {
		names = append(names, other)
	}
	slices.Sort(names)
	try := "Declare it: `" + kind + " \"" + name + "\" { … }`; for one that Gemba does not manage, write its name as a text."
	if meant := near.Meant(name, names); meant != "" {
		try = "Did you mean `" + resourceSpelled(kind, meant) + "`?"
	}
	d.fail(at, "no "+kind+" `"+name+"` in this profile", "A resource refers to others of its own profile.", try)
	return edge{}, false
}

// turn reports whether each or count is known here.
func (d *decoder) turn(a attribute, t hcl.Traversal) bool {
	root := t.RootName()
	setting, members, example := settingForEach, []string{"key", "value"}, `["a", "b"]`
	if root == "count" {
		setting, members, example = settingCount, []string{"index"}, "3"
	}
	if d.scope.near == nil {
		d.unknownRoot(a, t, root)
		return false
	}
	if d.scope.near.turns == turnsUnclear {
		return false
	}
	if d.scope.near.turns != root {
		d.fail(t.SourceRange(), "`"+root+"` is not known here", "It is the turn of a resource that has `"+setting+"`.", "Add `"+setting+" = "+example+"`, or take it out.")
		return false
	}
	name, _ := second(t)
	for _, m := range members {
		if name == m {
			return true
		}
	}
	d.fail(t.SourceRange(), "`"+root+"` has no `"+name+"`", "", suggest(name, prefixed(root, members), ""))
	return false
}

// resourceSpelled is a resource as references spell it: user.guestbook or file["/etc/motd"].
func resourceSpelled(kind, name string) string {
	if hclsyntax.ValidIdentifier(name) {
		return kind + "." + name
	}
	return kind + `["` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"]`
}

// resourceReferences is a list of references to resources of the profile, or one of them.
func resourceReferences() kind {
	return kind{name: "list of resources", expect: "references such as `file[\"/etc/motd\"]` or `user.guestbook`, in a list", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		one := []hclsyntax.Expression{e}
		if tuple, is := e.(*hclsyntax.TupleConsExpr); is {
			one = tuple.Exprs
		}
		var edges []edge
		for _, e := range one {
			if to, ok := d.resource(a, e); ok {
				edges = append(edges, to)
			}
		}
		return edges, true // what is wrong with the others was said
	}}
}

// resource is the edge that an expression alone leads to.
func (d *decoder) resource(a attribute, e hclsyntax.Expression) (edge, bool) {
	index, computed := e.(*hclsyntax.IndexExpr)
	of := e
	if computed {
		of = index.Collection
	}
	reference, is := of.(*hclsyntax.ScopeTraversalExpr)
	if !is {
		d.wrong(a, e.Range(), "this is something else")
		return edge{}, false
	}
	t := reference.Traversal
	if kind := t.RootName(); !d.scope.near.kinds[kind] {
		d.fail(t.SourceRange(), "`"+kind+"` is no kind of resource", "Expected "+a.kind.expect+".", suggest(kind, d.kindNames(), "Take it out."))
		return edge{}, false
	}
	name, named := second(t)
	switch {
	case computed && len(t) == 1:
		return d.computed(a, t.RootName(), index)
	case !named:
		d.fail(t.SourceRange(), "`"+t.RootName()+"` alone says nothing", "Expected the name of a resource after it.", "Write "+t.RootName()+".NAME or "+t.RootName()+"[\"NAME\"].")
		return edge{}, false
	case computed || len(t) > 2:
		d.wrong(a, e.Range(), "this is a part of one")
		return edge{}, false
	}
	return d.declared(t.RootName(), name, t.SourceRange())
}

// kindNames are the kinds of resources, in the order of the schema.
func (d *decoder) kindNames() []string {
	var names []string
	for _, k := range d.options.Kinds {
		names = append(names, k.Kind)
	}
	return names
}
