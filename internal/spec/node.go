package spec

import (
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"gemba/internal/near"
)

// node is a block as it was written, or as it is implied, with the values that were read.
type node struct {
	block    *block
	label    string
	template string    // of a resource: the label with what is put in for each (label.go)
	labelAt  hcl.Range // of the label
	header   hcl.Range // `service "guestbook"`
	written  map[string]*hclsyntax.Attribute
	values   map[string]any // by attribute, defaults included; what could not be read is not there
	children []*node
}

// title names the block in a sentence: `service "guestbook"`.
func (n *node) title() string {
	if n.block.label == nil {
		return "`" + n.block.name + "`"
	}
	return "`" + n.block.name + " \"" + n.label + "\"`"
}

// has reports whether the attribute is written, well or not.
func (n *node) has(attribute string) bool { return n.written[attribute] != nil }

// at is the place of a setting's value, or of its block form, or of the whole
// block where neither is written.
func (n *node) at(name string) hcl.Range {
	if a := n.written[name]; a != nil {
		return a.Expr.Range()
	}
	if form := n.one(name); form != nil {
		return form.header
	}
	return n.header
}

// all returns the blocks of a kind, in the order in which they stand.
func (n *node) all(name string) []*node {
	var found []*node
	for _, c := range n.children {
		if c.block.name == name {
			found = append(found, c)
		}
	}
	return found
}

// one returns the only block of a kind, or nil.
func (n *node) one(name string) *node {
	if found := n.all(name); len(found) > 0 {
		return found[0]
	}
	return nil
}

// value returns what was read of an attribute, or the zero value.
func value[T any](n *node, attribute string) T {
	v, _ := n.values[attribute].(T)
	return v
}

// shape holds a body against the schema: every block and attribute must be known there.
func (d *decoder) shape(b *block, body *hclsyntax.Body, header hcl.Range, label string) *node {
	n := &node{block: b, label: label, header: header, written: map[string]*hclsyntax.Attribute{}, values: map[string]any{}}
	for _, a := range sortedAttributes(body) {
		if _, known := b.attribute(a.Name); known {
			n.written[a.Name] = a
		} else {
			d.unknownAttribute(n, a)
		}
	}
	first := map[[2]string]*node{}
	for _, inner := range body.Blocks {
		c := d.shapeBlock(n, inner)
		if c == nil {
			continue
		}
		// Names at the top are compared over all files, in names.go; those of resources once it is known for which they stand, in profile.go.
		if other := first[[2]string{c.block.name, c.label}]; other != nil && b.name != "" && c.block.resource == nil {
			d.duplicate(c, other)
			continue
		}
		first[[2]string{c.block.name, c.label}] = c
		n.children = append(n.children, c)
	}
	for _, c := range b.blocks {
		if c.implied && n.one(c.name) == nil {
			empty := &hclsyntax.Body{}
			n.children = append(n.children, d.shape(c, empty, header, ""))
		}
	}
	return n
}

func (d *decoder) shapeBlock(parent *node, inner *hclsyntax.Block) *node {
	b, known := parent.block.child(inner.Type)
	if !known {
		d.unknownBlock(parent, inner)
		return nil
	}
	label, ok := d.label(b, inner)
	if !ok {
		return nil
	}
	n := d.shape(b, inner.Body, inner.DefRange(), restored(label))
	if b.resource != nil {
		n.template, n.labelAt = label, inner.LabelRanges[0]
	}
	return n
}

// duplicate says that two blocks are the same one, naming both places.
func (d *decoder) duplicate(n, first *node) {
	try := "Keep one of the two, or merge them."
	if n.block.label != nil {
		try = "Give one of them another name, or merge them."
	}
	d.fail(n.header, n.title()+" is declared twice", "It was declared before at "+place(first.header)+".", try)
}

// label returns the label of a block, which its schema may ask for.
func (d *decoder) label(b *block, inner *hclsyntax.Block) (string, bool) {
	switch {
	case b.label == nil && len(inner.Labels) > 0:
		d.fail(inner.LabelRanges[0], "`"+b.name+"` takes no name", "There is only one of it in its place.", "Write `"+b.name+" {`.")
		return "", true
	case b.label == nil:
		return "", true
	case len(inner.Labels) == 0:
		d.fail(inner.TypeRange, "`"+b.name+"` needs a name", "Expected "+b.label.what+" in quotes.", "Write `"+b.name+" \"NAME\" {`.")
		return "", false
	case len(inner.Labels) > 1:
		d.fail(inner.LabelRanges[1], "`"+b.name+"` takes one name", "Expected "+b.label.what+" alone.", "Write `"+b.name+" \""+restored(inner.Labels[0])+"\" {`.")
	}
	if b.resource != nil {
		return inner.Labels[0], true
	}
	if label := restored(inner.Labels[0]); !b.label.valid(label) {
		d.fail(inner.LabelRanges[0], "not a name for `"+b.name+"`", "Expected "+b.label.form+".", renamed(b, label))
	}
	return inner.Labels[0], true
}

// renamed offers the nearest valid name.
func renamed(b *block, label string) string {
	name := b.name
	for _, filler := range []rune{'-', '_'} {
		offer := strings.Trim(strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
				return r
			case r >= 'A' && r <= 'Z':
				return r - 'A' + 'a'
			}
			return filler
		}, label), "-_0123456789")
		if b.label.valid(offer) {
			name = offer
			break
		}
	}
	return "For example `" + b.name + " \"" + name + "\"`."
}

func (d *decoder) unknownAttribute(n *node, a *hclsyntax.Attribute) {
	holder := "a declaration"
	if n.block.name != "" {
		holder = "`" + n.block.name + "`"
	}
	if c, isBlock := n.block.child(a.Name); isBlock {
		d.fail(a.NameRange, "`"+a.Name+"` is a block", "It is written without =.", "Write `"+opening(c)+" … }`.")
		return
	}
	d.fail(a.NameRange, holder+" has no setting `"+a.Name+"`", "", suggest(a.Name, n.block.names(), "Take it out: this block has no settings."))
}

func (d *decoder) unknownBlock(parent *node, inner *hclsyntax.Block) {
	if a, isAttribute := parent.block.attribute(inner.Type); isAttribute {
		d.fail(inner.TypeRange, "`"+inner.Type+"` is a setting, not a block", "It is written with =.", "Write `"+a.name+" = "+a.example+"`.")
		return
	}
	if parent.block.name == "" {
		d.fail(inner.TypeRange, "blocks of the kind `"+inner.Type+"` are not known yet", "Known kinds: "+quoteAll(parent.block.blockNames())+".",
			suggestOr(inner.Type, parent.block.blockNames(), "Take the block out, or use one of the known kinds."))
		return
	}
	d.fail(inner.TypeRange, "`"+parent.block.name+"` has no block `"+inner.Type+"`", "",
		suggest(inner.Type, parent.block.names(), "Take it out."))
}

// suggestOr is the nearest known name, or else a remedy of the caller's.
func suggestOr(name string, known []string, otherwise string) string {
	if meant := near.Meant(name, known); meant != "" {
		return "Did you mean `" + meant + "`?"
	}
	return otherwise
}

func opening(b *block) string {
	if b.label == nil {
		return b.name + " {"
	}
	return b.name + ` "NAME" {`
}

func sortedAttributes(body *hclsyntax.Body) []*hclsyntax.Attribute {
	attributes := make([]*hclsyntax.Attribute, 0, len(body.Attributes))
	for _, a := range body.Attributes {
		attributes = append(attributes, a)
	}
	sort.Slice(attributes, func(i, j int) bool {
		return attributes[i].NameRange.Start.Byte < attributes[j].NameRange.Start.Byte
	})
	return attributes
}
