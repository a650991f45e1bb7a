package edge

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// connections counts the open connections of all servers, of configurations
// that Caddy has replaced too. Caddy waits for them only when it ends the
// process itself, which is ours to do.
type connections struct{ open atomic.Int64 }

// changed is a hook of http.Server.ConnState. An upgraded connection leaves
// the server's hands, and the count.
func (c *connections) changed(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

// wait returns when no connection is open, or with ctx's error.
func (c *connections) wait(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for c.open.Load() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
