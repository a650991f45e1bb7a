package deploy

import (
	"context"

	"gemba"
)

// Router sends requests to releases. Routes are configuration and change
// seldom; where a route leads is a table, swapped atomically and kept across restarts.
type Router interface {
	// Route makes sure that a route exists as described. Applying the same again changes nothing.
	Route(ctx context.Context, route Route) error
	// Unroute removes a route.
	Unroute(ctx context.Context, name string) error
	// Switch leads a route to a target from the next request on; requests under way
	// stay where they are. It is durable when it returns.
	Switch(ctx context.Context, name string, target Target) error
	// Target returns where a route leads; the zero Target when nowhere.
	Target(ctx context.Context, name string) (Target, error)
	// InFlight returns how many requests (upgraded connections included) of a route are
	// still with a release.
	InFlight(ctx context.Context, name string, release gemba.ReleaseID) (int, error)
	// Traffic returns the requests of a route, counted per release since the edge started.
	Traffic(ctx context.Context, name string) (map[gemba.ReleaseID]Traffic, error)
}

// Route is one way in: a domain, or a port of loopback. Exactly one is set.
type Route struct {
	Name   string `json:"name"` // "production/guestbook"
	Domain string `json:"domain,omitempty"`
	Port   int    `json:"port,omitempty"`
}

// Target is where a route leads. Either Upstream or Root is set.
type Target struct {
	Release  gemba.ReleaseID `json:"release"`
	Upstream string          `json:"upstream,omitempty"` // host:port
	Root     string          `json:"root,omitempty"`     // directory of files
}

// Traffic counts requests.
type Traffic struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"` // answered 5xx, or not at all
}
