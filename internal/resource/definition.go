package resource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"gemba"
)

// Definition is a kind by its typed parts: D is what is declared of one, S what is observed. The name of
// the resource is decoded into D's field with the JSON name "name". Observe, Diff and Apply are needed; every other part may be nil.
type Definition[D, S any] struct {
	Schema   gemba.Schema
	Check    func(d *D) error // holds a declaration against itself, and may fill in what follows from it
	Needs    func(d D) []Token
	Provides func(d D) []Token
	Lock     string
	Observe  func(ctx context.Context, sys System, d D) (S, error)
	Diff     func(d D, s S) Difference
	Apply    func(ctx context.Context, sys System, d D, s S) error
	AtStart  func(d D, s S) *gemba.Residue // of a root filesystem; nil: there is never any
	Current  func(ctx context.Context, sys System, d D) []byte
	Bodies   func(d D) []gemba.Digest
	OnNotify func(d D, s S) gemba.Action
	Notified func(ctx context.Context, sys System, d D, s S) error
	Among    func(d *D, siblings []D, tokens []Token) // completes a declaration by the others of its kind, and by what all provide and need
	Warm     func(ctx context.Context, sys System, all []D) error
	Together func(ctx context.Context, sys System, all []D, states []S) []error
	Foresee  func(ctx context.Context, f *Foreseen, d D, s S) error // AsApplied(apply), where apply changes nothing but files
}

// Kind is the definition as the engine uses it.
func (def Definition[D, S]) Kind() Kind {
	k := Kind{Schema: def.Schema, New: def.new}
	if def.Warm != nil {
		k.Warm = func(ctx context.Context, sys System, all []Resource) error {
			return def.Warm(ctx, sys, declared[D, S](all))
		}
	}
	if def.Among != nil {
		k.Among = def.among
	}
	if def.Foresee != nil {
		k.Foresee = func(ctx context.Context, f *Foreseen, r Resource, s State) error {
			return def.Foresee(ctx, f, r.(*one[D, S]).d, s.(S))
		}
	}
	if def.Together != nil {
		k.Together = func(ctx context.Context, sys System, all []Resource, states []State) []error {
			typed := make([]S, len(states))
			for i, s := range states {
				typed[i] = s.(S)
			}
			return def.Together(ctx, sys, declared[D, S](all), typed)
		}
	}
	return k
}

func (def *Definition[D, S]) among(all []Resource) {
	var tokens []Token
	var own []*one[D, S]
	var siblings []D
	for _, r := range all {
		tokens = append(append(tokens, r.Provides()...), r.Needs()...)
		if o, is := r.(*one[D, S]); is {
			own, siblings = append(own, o), append(siblings, o.d)
		}
	}
	for _, o := range own {
		def.Among(&o.d, siblings, tokens)
	}
}

func declared[D, S any](all []Resource) []D {
	typed := make([]D, len(all))
	for i, r := range all {
		typed[i] = r.(*one[D, S]).d
	}
	return typed
}

func (def *Definition[D, S]) new(name string, attributes json.RawMessage) (Resource, error) {
	if def.Schema.LabelForm == gemba.LabelPath && (!path.IsAbs(name) || path.Clean(name) != name) {
		return nil, gemba.Fail(gemba.Invalid, gemba.Address(def.Schema.Kind, name)+" cannot be read", "its name is no absolute path, or has `.`, `..` or a slash too many in it", "")
	}
	r := &one[D, S]{def: def}
	label, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return nil, fmt.Errorf("encoding a name: %w", err)
	}
	for _, part := range []json.RawMessage{attributes, label} { // in this order: no attribute is the name
		if len(part) == 0 {
			continue
		}
		strict := json.NewDecoder(bytes.NewReader(part))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&r.d); err != nil {
			return nil, gemba.Fail(gemba.Invalid, gemba.Address(def.Schema.Kind, name)+" cannot be read", err.Error(), "")
		}
	}
	if def.Check == nil {
		return r, nil
	}
	if err := def.Check(&r.d); err != nil {
		if said := (*gemba.Error)(nil); errors.As(err, &said) {
			return nil, err
		}
		return nil, gemba.Fail(gemba.Invalid, gemba.Address(def.Schema.Kind, name)+" makes no sense", err.Error(), "")
	}
	return r, nil
}

// one is a resource of a definition.
type one[D, S any] struct {
	def *Definition[D, S]
	d   D
}

func (r *one[D, S]) Needs() []Token {
	if r.def.Needs == nil {
		return nil
	}
	return r.def.Needs(r.d)
}

func (r *one[D, S]) Provides() []Token {
	if r.def.Provides == nil {
		return nil
	}
	return r.def.Provides(r.d)
}

func (r *one[D, S]) Lock() string { return r.def.Lock }

func (r *one[D, S]) Observe(ctx context.Context, sys System) (State, error) {
	return r.def.Observe(ctx, sys, r.d)
}

func (r *one[D, S]) Diff(s State) Difference { return r.def.Diff(r.d, s.(S)) }

func (r *one[D, S]) Apply(ctx context.Context, sys System, s State) error {
	return r.def.Apply(ctx, sys, r.d, s.(S))
}

func (r *one[D, S]) AtStart(s State) *gemba.Residue {
	if r.def.AtStart == nil {
		return nil
	}
	return r.def.AtStart(r.d, s.(S))
}

func (r *one[D, S]) Current(ctx context.Context, sys System) []byte {
	if r.def.Current == nil {
		return nil
	}
	return r.def.Current(ctx, sys, r.d)
}

func (r *one[D, S]) Bodies() []gemba.Digest {
	if r.def.Bodies == nil {
		return nil
	}
	return r.def.Bodies(r.d)
}

func (r *one[D, S]) OnNotify(s State) gemba.Action {
	if r.def.OnNotify == nil {
		return ""
	}
	return r.def.OnNotify(r.d, s.(S))
}

func (r *one[D, S]) Notified(ctx context.Context, sys System, s State) error {
	if r.def.Notified == nil {
		return fmt.Errorf("a %s cannot be told that something changed", r.def.Schema.Kind)
	}
	return r.def.Notified(ctx, sys, r.d, s.(S))
}
