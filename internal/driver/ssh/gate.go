package ssh

import (
	"context"
	"sync"
)

// gate lets a limited number of handshakes with each sshd happen at a time. An sshd turns new ones away when too many have not
// signed in yet (MaxStartups), and all ways to a fleet may go through one jump host.
type gate struct {
	size int
	mu   sync.Mutex
	at   map[string]chan struct{}
}

func newGate(size int) *gate { return &gate{size: size, at: map[string]chan struct{}{}} }

// enter waits for a place; leave gives it back.
func (g *gate) enter(ctx context.Context, address string) (leave func(), err error) {
	g.mu.Lock()
	places, ok := g.at[address]
	if !ok {
		places = make(chan struct{}, g.size)
		g.at[address] = places
	}
	g.mu.Unlock()
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
