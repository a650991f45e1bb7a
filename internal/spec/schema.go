package spec

import (
	"encoding/json"

	"gemba"
)

// block is one kind of block: what its body may hold, and what the reference
// says of it. Blocks with a label may be repeated with other labels; a block without one stands once.
type block struct {
	name       string
	label      *naming // nil: no label
	implied    bool    // taken as written, with its defaults, where it is not
	meaning    string
	example    string // HCL that decodes inside a whole declaration
	attributes []attribute
	blocks     []*block
	resource   *gemba.Schema // of a resource in a profile: the block was made from it, and may stand for several
}

// naming is the rule of a label.
type naming struct {
	what  string // "the service's name"
	form  string // what a good one looks like
	valid func(string) bool
}

// attribute is one setting of a block.
type attribute struct {
	name     string
	kind     kind
	required bool
	initial  string  // the default as HCL; empty: none
	unset    string  // what holds without it, where that is no fixed value
	allows   symbols // the names whose values are known only later that may stand in it
	meaning  string
	example  string // a value as HCL, also offered as the remedy

	label     bool            // it is no setting, but the name of a resource
	refers    string          // the kind of resource that it may name, for an attribute of a resource
	initially json.RawMessage // its default, for an attribute of a resource
}

// symbols is a set of names whose values are known only when a process starts, or on a host.
type symbols uint8

const (
	allowPort symbols = 1 << iota
	allowData
	allowSecrets
	allowFacts
)

// spelled names it in a sentence.
func (a attribute) spelled() string {
	if a.label {
		return "a name"
	}
	return "`" + a.name + "`"
}

func (b *block) attribute(name string) (attribute, bool) {
	for _, a := range b.attributes {
		if a.name == name {
			return a, true
		}
	}
	return attribute{}, false
}

// own are its settings without those that every resource takes.
func (b *block) own() []attribute {
	if b.resource == nil {
		return b.attributes
	}
	return b.attributes[:len(b.attributes)-len(commonSettings())]
}

func (b *block) child(name string) (*block, bool) {
	for _, c := range b.blocks {
		if c.name == name {
			return c, true
		}
	}
	return nil, false
}

// names lists what may stand in the block's body.
func (b *block) names() []string {
	var names []string
	for _, a := range b.attributes {
		names = append(names, a.name)
	}
	for _, c := range b.blocks {
		if _, also := b.attribute(c.name); !also {
			names = append(names, c.name)
		}
	}
	return names
}

// blockNames lists the blocks that may stand in its body.
func (b *block) blockNames() []string {
	var names []string
	for _, c := range b.blocks {
		names = append(names, c.name)
	}
	return names
}
