package app

import (
	"context"
	"sync"
)

// placesInUse keeps a deploy and the keeper, who both change what runs, out of each other's way.
type placesInUse struct {
	mu     sync.Mutex
	places map[string]chan struct{} // holds a token while free
}

func newPlacesInUse() *placesInUse { return &placesInUse{places: map[string]chan struct{}{}} }

func (p *placesInUse) place(environment, service string) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := environment + "/" + service
	if p.places[name] == nil {
		p.places[name] = make(chan struct{}, 1)
		p.places[name] <- struct{}{}
	}
	return p.places[name]
}

// enter waits for the place and returns the way to leave it.
func (p *placesInUse) enter(ctx context.Context, environment, service string) (leave func(), err error) {
	place := p.place(environment, service)
	select {
	case <-place:
		return func() { place <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// try enters the place unless somebody is there.
func (p *placesInUse) try(environment, service string) (leave func(), ok bool) {
	place := p.place(environment, service)
	select {
	case <-place:
		return func() { place <- struct{}{} }, true
	default:
		return nil, false
	}
}
