package resourcetest

import (
	"testing"

	"gemba/internal/resource"
	"gemba/internal/resource/memory"
)

// Change applies a declaration to a host and returns what differed. What differs still, after an apply without an error, fails the test.
func Change(t *testing.T, kind resource.Kind, h *memory.Host, name string, declared map[string]any) (resource.Difference, error) {
	t.Helper()
	r := Declare(t, kind, name, declared)
	state, err := r.Observe(t.Context(), h)
	if err != nil {
		return resource.Difference{}, err
	}
	difference := r.Diff(state)
	if difference.None() {
		return difference, nil
	}
	if err := r.Apply(t.Context(), h, state); err != nil {
		return difference, err
	}
	state, err = r.Observe(t.Context(), h)
	if err != nil {
		return difference, err
	}
	if left := r.Diff(state); !left.None() {
		t.Fatalf("applied, and still differs: %+v", left)
	}
	return difference, nil
}
