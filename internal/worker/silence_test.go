package worker

import (
	"bufio"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"gemba"
	"gemba/internal/wire"
)

func TestASilentControlSideIsTakenForGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hears, says := io.Pipe()
		store := newBodies(t.TempDir(), &upward{out: io.Discard})
		began := time.Now()
		gone := make(chan time.Duration, 2)
		go store.receive(bufio.NewReader(hears), func() { gone <- time.Since(began) })
		go func() {
			for range 4 {
				_, _ = io.WriteString(says, "{}\n")
				time.Sleep(wire.PingEvery)
			}
		}()
		if after := <-gone; after != 3*wire.PingEvery+wire.Silence {
			t.Errorf("after %s", after)
		}
		if err := store.Fetch(t.Context(), []gemba.Digest{"sha256:00"}); err != errGone {
			t.Errorf("a body is waited for: %v", err)
		}
		_ = says.Close()
	})
}
