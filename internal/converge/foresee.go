package converge

import (
	"context"

	"gemba/internal/resource"
)

// foresee looks again, in the order of the changes, at what changes before will have touched by then: a part of a file that will be
// there, the files of a user whose number will be another one. So a plan on a bare host is complete, and tells of nothing that will
// have come true by itself. What cannot be foreseen is left as it was observed; apply looks again in any case.
func (e *Engine) foresee(ctx context.Context, g *graph) {
	will := resource.Foresee(e.System)
	moved := map[*node]bool{} // something that it needs will change, or it will itself
	for _, n := range g.nodes {
		for before := range n.after {
			moved[n] = moved[n] || moved[before]
		}
		foresee := n.kind.Foresee
		if moved[n] && foresee != nil {
			if state, err := n.resource.Observe(ctx, will); err == nil {
				n.state, n.err, n.differ, n.foreseen = state, nil, n.resource.Diff(state), true
			}
		}
		if n.err != nil || n.differ.None() {
			continue
		}
		moved[n] = true
		if foresee != nil && n.differ.May == "" {
			_ = foresee(ctx, will, n.resource, n.state) // what it fails to foresee is as it is now
		}
	}
}
