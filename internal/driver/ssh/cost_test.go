package ssh

import (
	"encoding/base64"
	"io"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func base64Of(key ssh.PublicKey) string { return base64.StdEncoding.EncodeToString(key.Marshal()) }

// TestRoundTrips counts what a person waits for: on a network that takes 100 ms both ways, the time is the number of round trips.
func TestRoundTrips(t *testing.T) {
	const trip = 100 * time.Millisecond
	s := serve(t)
	p := newProxy(t, s, trip/2)
	o := options(t, s)
	o.ConfigFiles = []string{configured(t, "Host *\n  HostKeyAlias the-host\n")}
	aliased(t, s, o.KnownHosts[0])
	d := New(o)
	first := func(port int) (dialled, answered time.Duration) {
		host := s.host("web-1")
		host.Port = port
		began := time.Now()
		link, err := d.Dial(soon(t), host)
		must(t, err)
		defer link.Close()
		dialled = time.Since(began)
		session, err := link.Worker(soon(t))
		must(t, err)
		_, err = io.ReadFull(session, make([]byte, 1))
		must(t, err)
		return dialled, time.Since(began)
	}
	best := func(port int) (dialled, answered time.Duration) {
		dialled, answered = first(port)
		for range 2 {
			d, a := first(port)
			dialled, answered = min(dialled, d), min(answered, a)
		}
		return dialled, answered
	}
	dialled, answered := first(s.port)
	t.Logf("loopback, worker pushed: dial %s, first byte %s", dialled, answered)
	dialled, answered = best(s.port)
	t.Logf("loopback, worker there: dial %s, first byte %s", dialled, answered)
	farDialled, farAnswered := best(p.port)
	trips := func(far, near time.Duration) float64 { return float64(far-near) / float64(trip) }
	t.Logf("100 ms away, worker there: dial %s (%.1f round trips beside TCP's own), first byte %s (%.1f)",
		farDialled, trips(farDialled, dialled), farAnswered, trips(farAnswered, answered))
	if n := trips(farAnswered-farDialled, answered-dialled); n > 3 {
		t.Errorf("running the worker takes %.1f round trips: a channel and a request are 2", n)
	}
}
