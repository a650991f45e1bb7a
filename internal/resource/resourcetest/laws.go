// Package resourcetest holds the laws that every kind of resource has to keep.
package resourcetest

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
)

// Draw makes a host in some state, and declares a resource of it.
type Draw func(t *rapid.T, h *memory.Host) (name string, attributes map[string]any)

// Laws checks, from generated states and declarations: looking changes nothing; apply reaches what is declared; what is as
// declared is not touched; and what was cut short anywhere is completed by the next apply.
func Laws(t *testing.T, kind resource.Kind, draw Draw) {
	t.Run("laws", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			h := memory.New()
			r := drawn(t, kind, h, draw)
			before := h.Snapshot()
			h.Calls = nil
			if difference := look(t, r, h); !maps.Equal(before, h.Snapshot()) || changes(h) > 0 {
				t.Fatalf("looking changed something: %v (it found %+v)", h.Calls, difference)
			}
			reach(t, r, h)
			h.Calls = nil
			if difference := look(t, r, h); !difference.None() {
				t.Fatalf("applied, and still differs: %+v", difference)
			}
			if n := changes(h); n > 0 {
				t.Fatalf("looking again changed something: %v", h.Calls)
			}
		})
	})
	t.Run("foreseen", func(t *testing.T) {
		if kind.Foresee == nil {
			t.Skip("what it does cannot be foreseen")
		}
		rapid.Check(t, func(t *rapid.T) {
			h := memory.New()
			r := drawn(t, kind, h, draw)
			state, err := r.Observe(t.Context(), h)
			if err != nil || r.Diff(state).None() {
				return
			}
			before := h.Snapshot()
			will := resource.Foresee(h)
			if err := kind.Foresee(t.Context(), will, r, state); errors.Is(err, resource.ErrUnforeseen) {
				return
			} else if err != nil {
				t.Fatalf("foreseeing: %v", err)
			}
			foreseen, err := r.Observe(t.Context(), will)
			if err != nil && !errors.Is(err, resource.ErrUnforeseen) {
				t.Fatalf("looking at what will be: %v", err)
			}
			if !maps.Equal(before, h.Snapshot()) {
				t.Fatalf("foreseeing changed something: %v", h.Calls)
			}
			if err == nil && !r.Diff(foreseen).None() {
				t.Fatalf("it is foreseen, and still differs: %+v", r.Diff(foreseen))
			}
		})
	})
	t.Run("cut short", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			h := memory.New()
			r := drawn(t, kind, h, draw)
			state, err := r.Observe(t.Context(), h)
			if err != nil || r.Diff(state).None() {
				return
			}
			left := rapid.IntRange(0, 4).Draw(t, "changes before the cut")
			h.Fault = func(string) error {
				if left--; left < 0 {
					return gemba.Fail(gemba.Unavailable, "cut", "", "")
				}
				return nil
			}
			_ = r.Apply(t.Context(), h, state)
			h.Fault = nil
			reach(t, r, h)
			if difference := look(t, r, h); !difference.None() {
				t.Fatalf("completed, and still differs: %+v", difference)
			}
		})
	})
}

func drawn(t *rapid.T, kind resource.Kind, h *memory.Host, draw Draw) resource.Resource {
	name, attributes := draw(t, h)
	return Declare(t, kind, name, attributes)
}

// Fataler is what a declaration that cannot be read is told to.
type Fataler interface{ Fatalf(string, ...any) }

// Declare reads a declaration of a kind, as the control side sends it: what is not written has the default of the schema.
func Declare(t Fataler, kind resource.Kind, name string, attributes map[string]any) resource.Resource {
	whole := map[string]any{}
	for _, a := range kind.Schema.Attributes {
		if a.Default != nil {
			whole[a.Name] = a.Default
		}
	}
	maps.Copy(whole, attributes)
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatalf("%v", err)
	}
	r, err := kind.New(name, text)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return r
}

func look(t *rapid.T, r resource.Resource, h *memory.Host) resource.Difference {
	state, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatalf("looking: %v", err)
	}
	return r.Diff(state)
}

// reach applies what differs.
func reach(t *rapid.T, r resource.Resource, h *memory.Host) {
	state, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatalf("looking: %v", err)
	}
	if r.Diff(state).None() {
		return
	}
	if err := r.Apply(t.Context(), h, state); err != nil {
		t.Fatalf("applying: %v\n%v", err, h.Calls)
	}
}

// changes counts the calls that are no questions: commands count only when a test's program says so by changing files.
func changes(h *memory.Host) int {
	n := 0
	for _, call := range h.Calls {
		if len(call) < 4 || call[:4] != "run " {
			n++
		}
	}
	return n
}
