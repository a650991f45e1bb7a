// Package monitor watches what is deployed: it asks, keeps what it was
// answered, and says what that means.
package monitor

import (
	"context"
	"math"
	"time"

	"gemba"
)

// Series keeps samples over time and answers for them. Its methods may be
// called at the same time.
type Series interface {
	// Append keeps samples of one time; a name with labels is one series. A value of
	// Ended says that the series goes on no more. All are kept, or none and an error.
	Append(ctx context.Context, at time.Time, samples []Sample) error
	// AppendText keeps what a process answered in the Prometheus text or OpenMetrics format, with labels added,
	// and returns how many samples it kept. What cannot be read whole is not kept at all. Series of the
	// text before that are missing in this one end here; an empty body ends them all.
	AppendText(ctx context.Context, at time.Time, body []byte, contentType string, labels map[string]string) (int, error)
	// Watch summarises the probes of a release since a time.
	Watch(ctx context.Context, target Target, since, now time.Time) (gemba.Watch, error)
	Close() error
}

// Sample is one value of one series.
type Sample struct {
	Name   string
	Labels map[string]string
	Value  float64
}

// endedBits is the NaN by which Prometheus marks the end of a series (its model/value, StaleNaN).
const endedBits = 0x7ff0000000000002

// Ended is the value that ends a series.
func Ended() float64 { return math.Float64frombits(endedBits) }

// Target is a process that is watched.
type Target struct {
	Environment string
	Service     string
	Process     string
	Release     gemba.ReleaseID
	URL         string // the health check's; "" when it is not asked over HTTP
	Address     string // host:port, for TCP; "" with an empty URL: it is not asked, but looked at
	Metrics     string // URL; "" when it has none
	Check       gemba.Check
	Since       time.Time // when the release was placed; the summary since then is made ready to be asked for
}

// Key is what a target is known by: a process of a release in its environment.
type Key struct {
	Environment string
	Service     string
	Process     string
	Release     gemba.ReleaseID
}

// Key returns what t is known by.
func (t Target) Key() Key {
	return Key{Environment: t.Environment, Service: t.Service, Process: t.Process, Release: t.Release}
}

// Labels are those of every series of the target.
func (k Key) Labels() map[string]string {
	return map[string]string{
		"environment": k.Environment,
		"service":     k.Service,
		"process":     k.Process,
		"release":     string(k.Release),
	}
}
