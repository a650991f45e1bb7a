// Package monitor watches what is deployed: it asks, keeps what it was
// answered, and says what that means.
package monitor

import (
	"context"
	"time"

	"gemba"
)

// Series keeps samples over time and answers for them.
type Series interface {
	// Append keeps samples of one time; a name with labels is one series.
	Append(ctx context.Context, at time.Time, samples []Sample) error
	// AppendText keeps what a process answered in the Prometheus text or OpenMetrics format, with labels added.
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

// Target is a process that is watched.
type Target struct {
	Environment string
	Service     string
	Process     string
	Release     gemba.ReleaseID
	URL         string // the health check's; "" when it is not asked over HTTP
	Address     string // host:port, for TCP
	Metrics     string // URL
	Check       gemba.Check
}
