// Package control is the protocol between Gemba and its edge: JSON over HTTP
// on a unix socket. It offers what deploy.Router needs, and whether the edge
// is ready. docs/formats/edge.md describes it.
package control

import (
	"net/http"
	"net/url"
	"time"

	"gemba"
	"gemba/internal/deploy"
)

// Version is the protocol's; an edge answers only to its own.
const Version = 1

const prefix = "/v1"

// Status is how an edge is, while it runs.
type Status struct {
	Version int       `json:"version"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Shut    []Shut    `json:"shut,omitempty"`   // routes that could not be opened
	Mended  string    `json:"mended,omitempty"` // what was wrong with the table when the edge started
}

// Shut is a route that could not be opened, and why.
type Shut struct {
	Route  string `json:"route"`
	Reason string `json:"reason"`
}

// Count answers how many requests are in flight.
type Count struct {
	Requests int `json:"requests"`
}

// Traffic answers with the requests per release.
type Traffic = map[gemba.ReleaseID]deploy.Traffic

// StatusPath is where an edge says how it is.
func StatusPath() string { return prefix + "/status" }

// RoutePath is where a route is made and removed.
func RoutePath(route string) string { return prefix + "/routes/" + url.PathEscape(route) }

// TargetPath is where a route's target is read and switched.
func TargetPath(route string) string { return RoutePath(route) + "/target" }

// TrafficPath is where a route's requests are read.
func TrafficPath(route string) string { return RoutePath(route) + "/traffic" }

// InFlightPath is where the requests under way are read.
func InFlightPath(route string, release gemba.ReleaseID) string {
	return RoutePath(route) + "/in-flight/" + url.PathEscape(string(release))
}

// statusOf translates an error's code for HTTP; the body has the code itself.
func statusOf(code gemba.Code) int {
	switch code {
	case gemba.Invalid:
		return http.StatusBadRequest
	case gemba.NotFound:
		return http.StatusNotFound
	case gemba.Conflict:
		return http.StatusConflict
	case gemba.Forbidden:
		return http.StatusForbidden
	case gemba.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
