package edge_test

import (
	"testing"

	"gemba/internal/deploy/routetest"
)

// The driver and the program together are a router.
func TestEdgeIsARouter(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	routetest.Run(t, p.Client)
}
