package spec

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"gemba"
)

// Bounds of what blocks may be expanded to, so that a few lines do not fill the memory.
const (
	mostResources  = 10_000   // of a profile
	mostAltogether = 50_000   // of a declaration
	largestValues  = 64 << 20 // bytes of all names and settings of a declaration
	longestLabel   = 4096     // bytes of a name: no path is longer
)

// profiles builds the profiles, their blocks expanded.
func (d *decoder) profiles(blocks []*node) []gemba.Profile {
	var profiles []gemba.Profile
	b := populating{decoder: d}
	for _, n := range blocks {
		profiles = append(profiles, b.profile(n))
	}
	return profiles
}

// populating is the building of profiles, with what it has used of the bounds.
type populating struct {
	*decoder
	resources, bytes int
	full             bool
}

// member is one resource that a block stands for.
type member struct {
	block *node
	name  string // "": not known, because of a mistake
	root  string // "each" or "count"
	turn  cty.Value
}

func (b *populating) profile(n *node) gemba.Profile {
	outer := b.scope
	defer func() { b.scope = outer }()
	area := &neighbourhood{kinds: map[string]bool{}, declared: map[string]map[string]hcl.Range{}, open: map[string]bool{}, indexed: map[hcl.Range]bool{}}
	for _, kind := range b.options.Kinds {
		area.kinds[kind.Kind], area.declared[kind.Kind] = true, map[string]hcl.Range{}
	}
	// Names first: any resource may refer to any other.
	b.scope = outer.within(area)
	members := b.members(n, area)
	b.scope = outer.within(area)
	p := gemba.Profile{Name: n.label, Resources: []gemba.Resource{}}
	var way graph
	for _, m := range members {
		if r, ok := b.member(m, &way); ok {
			p.Resources = append(p.Resources, r)
		}
	}
	b.acyclic(way)
	return p
}

// members are the resources that the blocks of a profile stand for.
func (b *populating) members(n *node, area *neighbourhood) []member {
	var members []member
	for _, block := range n.children {
		if block.block.resource == nil {
			continue
		}
		area.enter(block, "")
		root, turns := b.turns(block)
		if !b.room(n, block, len(members), len(turns)) {
			area.open[block.block.name] = true
			continue
		}
		area.turns = root
		base := b.scope
		for _, turn := range turns {
			if b.full {
				break
			}
			b.scope = base.turned(root, turn)
			m := member{block: block, root: root, turn: turn}
			m.name = b.baptise(m, area)
			members = append(members, m)
		}
		b.scope = base
	}
	return members
}

// room complains once about more resources than there may be.
func (b *populating) room(profile, block *node, have, more int) bool {
	b.resources += more
	switch {
	case b.full:
		return false
	case have+more > mostResources:
		b.full = true
		b.fail(block.header, "too many resources", fmt.Sprintf("With this block, %s has more than %d.", profile.title(), mostResources), "Make fewer of them, or one file or directory that stands for many.")
		return false
	case b.resources > mostAltogether:
		b.full = true
		b.fail(block.header, "too many resources", fmt.Sprintf("With this block, all profiles together have more than %d.", mostAltogether), "Make fewer of them.")
		return false
	}
	return true
}

// baptise finds the name of a resource; "" after a mistake: its settings are read all the same, for theirs to be found as well.
func (b *populating) baptise(m member, area *neighbourhood) string {
	n, kind := m.block, m.block.block.name
	text, ok := b.expandLabel(n)
	if !ok {
		area.open[kind] = true
		return ""
	}
	name := cty.StringVal(text).AsString() // composed as references are
	b.spend(n, len(name))
	if !n.block.label.valid(name) {
		b.misnamed(n, name)
		area.open[kind] = true
		return ""
	}
	if first, taken := area.declared[kind][name]; taken {
		b.double(m, name, first)
		return ""
	}
	area.declared[kind][name] = n.header
	return name
}

func (b *populating) misnamed(n *node, name string) {
	if len(name) > longestLabel {
		b.fail(n.labelAt, "the name is too long", fmt.Sprintf("A name has at most %d bytes; this one has %d.", longestLabel, len(name)), "Write a shorter one.")
		return
	}
	got := ""
	if name != n.label {
		got = fmt.Sprintf("; this one is %q", name)
	}
	b.fail(n.labelAt, "not a name for `"+n.block.name+"`", "Expected "+n.block.label.form+got+".", labelRemedy(n.block.resource, name))
}

// double says that a profile has a resource twice, naming both places.
func (b *populating) double(m member, name string, first hcl.Range) {
	n := m.block
	if first != n.header {
		b.fail(n.header, "`"+resourceSpelled(n.block.name, name)+"` is declared twice", "It was declared before at "+place(first)+".", "Keep one of the two, or merge them.")
		return
	}
	use := "${each.key}"
	if m.root == "count" {
		use = "${count.index}"
	}
	b.fail(n.labelAt, "`"+resourceSpelled(n.block.name, name)+"` is declared twice", "This block stands for several resources, and gives two of them this name.", "Put "+use+" into the name.")
}

// enter says whose settings are read next.
func (area *neighbourhood) enter(n *node, turns string) {
	area.block, area.file, area.turns, area.found = n.block, n.header.Filename, turns, nil
}

// member reads the settings of one resource.
func (b *populating) member(m member, way *graph) (gemba.Resource, bool) {
	if b.full {
		return gemba.Resource{}, false
	}
	base, area := b.scope, b.scope.near
	defer func() { b.scope = base }()
	b.scope = base.turned(m.root, m.turn)
	area.enter(m.block, m.root)

	n := &node{block: m.block.block, label: m.block.label, header: m.block.header, written: m.block.written, values: map[string]any{}}
	r := gemba.Resource{Kind: n.block.name, Name: m.name, Place: declaredAt(n.header)}
	for _, a := range n.block.attributes {
		if a.name == settingForEach || a.name == settingCount {
			continue
		}
		v, ok := b.readAttribute(n, a)
		switch v := v.(type) {
		case json.RawMessage:
			b.set(&r, n, a.name, v)
		case []edge:
			n.values[a.name] = v
		case nil:
			if !ok && !n.has(a.name) || n.has(a.name) && isNull(n.written[a.name].Expr) {
				b.set(&r, n, a.name, a.initially)
			}
		}
	}
	b.oneBody(n)
	after := append(area.found, value[[]edge](n, settingRequires)...)
	told := value[[]edge](n, settingNotify)
	r.Requires, r.Notifies = targets(after), targets(told)
	if m.name == "" {
		return r, false
	}
	way.add(r.Address(), after, told)
	return r, true
}

// spend complains once about more text than there may be.
func (b *populating) spend(n *node, bytes int) {
	if b.bytes += bytes; b.bytes > largestValues && !b.full {
		b.full = true
		b.fail(n.header, "the declaration is too large", "With this block, the names and settings of all resources together have more than 64 MiB.", "Put large texts into files of their own.")
	}
}

func (b *populating) set(r *gemba.Resource, n *node, name string, v json.RawMessage) {
	if v == nil {
		return
	}
	b.spend(n, len(v))
	if r.Attributes == nil {
		r.Attributes = map[string]json.RawMessage{}
	}
	r.Attributes[name] = v
}

// targets are where edges lead to, sorted, each once.
func targets(edges []edge) []string {
	var list []string
	for _, e := range edges {
		list = append(list, e.address)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// oneBody complains about settings that each say what the same body is.
func (b *populating) oneBody(n *node) {
	first := map[string]string{}
	for _, a := range n.block.resource.Attributes {
		body := a.Name
		if a.Into != "" {
			body = a.Into
		}
		if !n.has(a.Name) || isNull(n.written[a.Name].Expr) {
			continue
		}
		if other := first[body]; other != "" {
			b.fail(n.at(a.Name), "`"+a.Name+"` and `"+other+"` exclude each other", "Both say what the `"+body+"` is.", "Keep one of the two.")
			continue
		}
		first[body] = a.Name
	}
}
