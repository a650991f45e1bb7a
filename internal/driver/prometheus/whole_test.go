package prometheus_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"gemba"
	"gemba/internal/driver/probe"
	"gemba/internal/driver/prometheus"
	"gemba/internal/monitor"
)

// service is a real service with a health check and metrics that can be made to fail.
type service struct {
	*httptest.Server
	ill  atomic.Bool
	mute atomic.Bool
	seen atomic.Int64
}

func newService(t *testing.T) *service {
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz" && s.ill.Load(), r.URL.Path == "/metrics" && s.mute.Load():
			w.WriteHeader(http.StatusInternalServerError)
		case r.URL.Path == "/metrics":
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
			fmt.Fprintf(w, "visits_total %d\n", s.seen.Add(1))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) target(name string) monitor.Target {
	return monitor.Target{
		Environment: "production", Service: name, Process: "web", Release: gemba.ReleaseID("9c1e"),
		URL: s.URL + "/healthz", Metrics: s.URL + "/metrics",
	}
}

// eventually polls until a query finds what is wanted.
func eventually(t *testing.T, series *prometheus.Series, query string, wanted func([]prometheus.Line) bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		lines, err := series.Query(context.Background(), query, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if wanted(lines) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s still finds %v", query, lines)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func is(v float64) func([]prometheus.Line) bool {
	return func(lines []prometheus.Line) bool { return len(lines) == 1 && lines[0].Points[0].Value == v }
}

func none(lines []prometheus.Line) bool { return len(lines) == 0 }

func TestAServiceIsWatchedFromItsFirstMomentToItsLast(t *testing.T) {
	series, err := prometheus.Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer series.Close()
	watcher := monitor.NewWatcher(series, probe.New(time.Second), nil, monitor.Config{
		Interval: 10 * time.Millisecond, Random: rand.Float64, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	defer watcher.Close()

	since := time.Now()
	guestbook := newService(t)
	target := guestbook.target("guestbook")
	watcher.Set([]monitor.Target{target})
	eventually(t, series, `gemba_probe_success{environment="production",service="guestbook",process="web",release="9c1e"}`, is(1))
	eventually(t, series, `up{service="guestbook"}`, is(1))
	eventually(t, series, `visits_total{service="guestbook"} > 3`, func(l []prometheus.Line) bool { return len(l) == 1 })
	w, err := series.Watch(t.Context(), target, since, time.Now())
	if err != nil || w.Probes == 0 || w.Uptime != 1 || w.P99 == 0 || !w.Metrics || len(w.Spark) == 0 {
		t.Fatalf("%+v, %v", w, err)
	}

	guestbook.ill.Store(true)
	eventually(t, series, `gemba_probe_success{service="guestbook"}`, is(0))
	if last, _ := watcher.Last(target.Key()); last.Reason != "answered 500" {
		t.Errorf("last answer %+v", last)
	}
	guestbook.mute.Store(true)
	eventually(t, series, `up{service="guestbook"}`, is(0))
	eventually(t, series, `visits_total{service="guestbook"}`, none)
	guestbook.ill.Store(false)
	guestbook.mute.Store(false)
	eventually(t, series, `visits_total{service="guestbook"} > 0`, func(l []prometheus.Line) bool { return len(l) == 1 })

	watcher.Set(nil)
	for _, name := range []string{"gemba_probe_success", "gemba_probe_duration_seconds", "up", "scrape_duration_seconds", "visits_total"} {
		eventually(t, series, name, none)
	}
	w, err = series.Watch(t.Context(), target, since, time.Now())
	if err != nil || w.Uptime >= 1 || w.Uptime <= 0 || w.Metrics {
		t.Fatalf("afterwards: %+v, %v", w, err)
	}
}
