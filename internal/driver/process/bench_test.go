package process_test

import (
	"fmt"
	"testing"

	"gemba"
	"gemba/internal/wire"
)

// BenchmarkEmptyTask measures from Start until the durable exit is known.
func BenchmarkEmptyTask(b *testing.B) {
	for _, world := range []struct {
		name    string
		sandbox *wire.Sandbox
	}{{"plain", nil}, {"sandboxed", &wire.Sandbox{UID: 61000, GID: 61000}}} {
		b.Run(world.name, func(b *testing.B) {
			r := newRoom(b)
			for n := 0; b.Loop(); n++ {
				spec := wire.Spec{ID: fmt.Sprint("t", n), Argv: []string{"true"}, Env: []string{"PATH=/usr/bin:/bin"},
					Sandbox: world.sandbox, StopGrace: gemba.Duration(1e9)}
				if exit := wait(b, r.start(b, spec)); !exit.OK() {
					b.Fatalf("%+v", exit)
				}
			}
		})
	}
}

// BenchmarkTenEmptyTasks measures ten, one after the other, where as many
// supervisors wait: what a pipeline of ten empty steps costs.
func BenchmarkTenEmptyTasks(b *testing.B) {
	for _, world := range []struct {
		name    string
		sandbox *wire.Sandbox
	}{{"plain", nil}, {"sandboxed", &wire.Sandbox{UID: 61000, GID: 61000}}} {
		b.Run(world.name, func(b *testing.B) {
			r := newRoom(b)
			before := len(waiting(b))
			r.Keep(10)
			defer r.Close()
			for n := 0; b.Loop(); n++ {
				b.StopTimer()
				eventually(b, "ten wait", func() bool { return len(waiting(b)) == before+10 })
				b.StartTimer()
				for i := range 10 {
					spec := wire.Spec{ID: fmt.Sprintf("t%d-%d", n, i), Argv: []string{"true"}, Env: []string{"PATH=/usr/bin:/bin"},
						Sandbox: world.sandbox, StopGrace: gemba.Duration(1e9)}
					if exit := wait(b, r.start(b, spec)); !exit.OK() {
						b.Fatalf("%+v", exit)
					}
				}
			}
		})
	}
}
