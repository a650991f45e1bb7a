package prometheus

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gemba"
	"gemba/internal/monitor"
)

func watch(t testing.TB, s *Series, since, now time.Time) gemba.Watch {
	t.Helper()
	w, err := s.Watch(context.Background(), target, since, now)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestTheWatchOfAReleaseSumsUpItsProbes(t *testing.T) {
	s := fresh(t)
	for i := range 100 {
		probe(t, s, noon.Add(time.Duration(i)*5*time.Second), map[bool]float64{true: 0, false: 1}[i%10 == 9], float64(i+1)/1000)
	}
	end := noon.Add(500 * time.Second)
	w := watch(t, s, noon, end)
	if w.Probes != 100 || w.Uptime != 0.9 || len(w.Spark) == 0 || len(w.Spark) > 60 || w.Metrics || !w.Since.Equal(noon) {
		t.Fatalf("%+v", w)
	}
	near(t, "p50", w.P50, 50*time.Millisecond)
	near(t, "p99", w.P99, 99*time.Millisecond)
	if half := watch(t, s, noon.Add(250*time.Second), end); half.Probes != 50 {
		t.Fatalf("since the middle: %+v", half)
	}
	if early := watch(t, s, noon, noon.Add(250*time.Second)); early.Probes != 51 {
		t.Fatalf("until the middle: %+v", early)
	}
}

func near(t *testing.T, what string, got gemba.Duration, want time.Duration) {
	t.Helper()
	if math.Abs(float64(got)/float64(want)-1) > 0.03 {
		t.Errorf("%s is %v, not about %v", what, got, want)
	}
}

func TestTheWatchGoesOnWithWhatIsNew(t *testing.T) {
	s := fresh(t)
	for i := range 50 {
		at := noon.Add(time.Duration(i) * 5 * time.Second)
		probe(t, s, at, 1, 0.01)
		if w := watch(t, s, noon, at); w.Probes != i+1 {
			t.Fatalf("%d after %d", w.Probes, i+1)
		}
	}
}

func TestTheEndOfASeriesIsNoProbe(t *testing.T) {
	s := fresh(t)
	probe(t, s, noon, 1, 0.01)
	probe(t, s, noon.Add(time.Second), monitor.Ended(), monitor.Ended())
	probe(t, s, noon.Add(2*time.Second), 1, 0.01)
	if w := watch(t, s, noon, noon.Add(time.Minute)); w.Probes != 2 || w.Uptime != 1 {
		t.Fatalf("%+v", w)
	}
}

func TestAProcessThatIsOnlyLookedAtHasUptimeButNoLatency(t *testing.T) {
	s := fresh(t)
	for i, up := range []float64{1, 1, 0, 1} {
		err := s.Append(context.Background(), noon.Add(time.Duration(i)*time.Second), []monitor.Sample{{Name: monitor.ProcessUp, Labels: own, Value: up}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if w := watch(t, s, noon, noon.Add(time.Minute)); w.Probes != 4 || w.Uptime != 0.75 || w.P50 != 0 {
		t.Fatalf("%+v", w)
	}
}

func TestMetricsAreKeptWhileTheyAreUp(t *testing.T) {
	s := fresh(t)
	up := func(at time.Time, v float64) {
		if err := s.Append(context.Background(), at, []monitor.Sample{{Name: monitor.Up, Labels: own, Value: v}}); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []bool{true, false, true, false} {
		at := noon.Add(time.Duration(i) * time.Second)
		up(at, []float64{1, 0, 1, monitor.Ended()}[i])
		if w := watch(t, s, noon, at); w.Metrics != want {
			t.Errorf("step %d: %v", i, w.Metrics)
		}
	}
}

func TestAnotherReleaseIsNotCounted(t *testing.T) {
	s := fresh(t)
	probe(t, s, noon, 1, 0.01)
	other := target
	other.Release = "77b0"
	if w, err := s.Watch(context.Background(), other, noon, noon.Add(time.Minute)); err != nil || w.Probes != 0 || w.Uptime != 0 {
		t.Fatalf("%+v, %v", w, err)
	}
}

// BenchmarkWatch tells what a question costs when the release has been watched
// for as long as samples are kept: the first after a start, and the next ones.
func BenchmarkWatch(b *testing.B) {
	s := fresh(b)
	now := time.Now()
	since := now.Add(-retention + time.Hour)
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 2))
	for at := since; at.Before(now); at = at.Add(5 * time.Second) {
		w := s.db.Appender(ctx)
		for _, sample := range []monitor.Sample{
			{Name: monitor.ProbeSuccess, Labels: own, Value: 1},
			{Name: monitor.ProbeDuration, Labels: own, Value: 0.001 + r.ExpFloat64()/1000},
		} {
			if _, err := w.Append(0, labelsOf(sample), at.UnixMilli(), sample.Value); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.db.Compact(ctx); err != nil {
		b.Fatal(err)
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			clear(s.memos)
			watch(b, s, since, now)
		}
	})
	b.Run("next", func(b *testing.B) {
		for b.Loop() {
			watch(b, s, since, now)
		}
	})
}
