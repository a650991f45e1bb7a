package resource

import (
	"context"
	"encoding/json"

	"gemba"
)

// Kind is one word of the declarative vocabulary.
type Kind struct {
	Schema gemba.Schema
	// New reads one resource; what is wrong with it is a gemba.Error with Invalid. It is asked on
	// the control side, for a mistake to be seen before any host is, and on the host.
	New func(name string, attributes json.RawMessage) (Resource, error)
	// Warm looks once at what the observations of all would each look at; nil: there is nothing.
	Warm func(ctx context.Context, sys System, all []Resource) error
	// Among tells the resources of this kind among all what else is declared of the host, before anything is looked at; nil: that is
	// nothing to them.
	Among func(all []Resource)
	// Together applies several at once, where that is better than one after the other; nil: it is not.
	// It returns an error for each, or one for all.
	Together func(ctx context.Context, sys System, all []Resource, states []State) []error
	// Foresee does to a foreseen host what Apply would do to the real one; nil: what that is cannot be known before. Only a kind that
	// has it is looked at on a foreseen host.
	Foresee func(ctx context.Context, f *Foreseen, r Resource, s State) error
}

// Resource is one declared thing. It holds no state: what is observed goes from Observe to Diff and Apply.
type Resource interface {
	// Needs are the tokens that others provide and that have to be there before.
	Needs() []Token
	// Provides are the tokens that it makes true.
	Provides() []Token
	// Lock names what no two resources may change at the same time; "" for nothing.
	Lock() string
	// Observe looks at what is there. What is not there is a state, not an error.
	Observe(ctx context.Context, sys System) (State, error)
	// Diff compares what was observed with what is declared. It is pure.
	Diff(s State) Difference
	// Apply makes what was observed into what is declared.
	Apply(ctx context.Context, sys System, s State) error
	// AtStart is what a root filesystem that is as declared leaves to the start of a host; nil: nothing. Its resource is filled in by who asks.
	AtStart(s State) *gemba.Residue
	// Current returns the text that a body takes the place of, for a diff of lines; nil: there is none.
	Current(ctx context.Context, sys System) []byte
	// Bodies are the digests of bodies that Apply may ask the System for.
	Bodies() []gemba.Digest
	// Notified does what a change of something else asks for; a kind that cannot be told returns an error.
	Notified(ctx context.Context, sys System, s State) error
	// OnNotify is what Notified would do; "" for a kind that cannot be told.
	OnNotify(s State) gemba.Action
}

// State is what was observed of a resource, of its kind's own type. Its JSON is what a plan is bound to.
type State any

// Difference is what is not as declared.
type Difference struct {
	Action gemba.Action // "" when nothing differs
	Diffs  []gemba.Diff
	May    string // why it is not certain that there will be a change
}

// None reports whether everything is as declared.
func (d Difference) None() bool { return d.Action == "" }

// Token is something that resources need of one another: "path:/etc/nginx", "user:ana".
type Token string

// The tokens.
func Path(path string) Token    { return Token("path:" + path) }
func User(name string) Token    { return Token("user:" + name) }
func Group(name string) Token   { return Token("group:" + name) }
func Package(name string) Token { return Token("package:" + name) }
func Unit(name string) Token    { return Token("unit:" + name) }

// NoUser is what the absence of a user provides, and the absence of a group needs: a primary group cannot go before its users.
const NoUser Token = "no user"

// NoPath is what the absence of a directory provides: not Path, which what is in it needs, and the directory can go only after that.
func NoPath(path string) Token { return Token("no path:" + path) }

// Parents are the tokens of the directories above a path, nearest first.
func Parents(path string) []Token {
	var tokens []Token
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '/' {
			tokens = append(tokens, Path(path[:i]))
		}
	}
	return tokens
}
