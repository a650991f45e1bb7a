package monitor_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/monitor"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// probed is one probe of a generated history.
type probed struct {
	after time.Duration
	good  bool
	took  time.Duration
}

func history(t *rapid.T) []probed {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) probed {
		return probed{
			after: time.Duration(rapid.Int64Range(1, int64(10*time.Minute)).Draw(t, "after")),
			good:  rapid.Bool().Draw(t, "good"),
			took:  time.Duration(rapid.Int64Range(int64(time.Microsecond), int64(time.Minute)).Draw(t, "took")),
		}
	}), 0, 300).Draw(t, "history")
}

func summed(history []probed) gemba.Watch {
	s := monitor.NewSummary(noon)
	at := noon
	for _, p := range history {
		at = at.Add(p.after)
		s.Add(at, p.good, p.took)
	}
	return s.Watch()
}

func TestASummaryCountsEveryProbe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := history(t)
		w := summed(all)
		good := 0
		for _, p := range all {
			if p.good {
				good++
			}
		}
		if w.Probes != len(all) {
			t.Fatalf("counted %d of %d probes", w.Probes, len(all))
		}
		if len(all) > 0 && math.Abs(w.Uptime-float64(good)/float64(len(all))) > 1e-12 {
			t.Fatalf("uptime %v with %d of %d good", w.Uptime, good, len(all))
		}
	})
}

func TestQuantilesOfASummaryAreWithinOnePercent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := history(t)
		w := summed(all)
		var took []time.Duration
		for _, p := range all {
			if p.good {
				took = append(took, p.took)
			}
		}
		slices.Sort(took)
		for q, got := range map[float64]gemba.Duration{0.5: w.P50, 0.99: w.P99} {
			if len(took) == 0 {
				if got != 0 {
					t.Fatalf("quantile %v of nothing is %v", q, got)
				}
				continue
			}
			exact := took[int(math.Ceil(q*float64(len(took))))-1]
			const whole = float64(time.Nanosecond) // what is kept is cut to whole nanoseconds
			if off := math.Abs(float64(got) - float64(exact)); off > 0.01*float64(exact)+whole {
				t.Fatalf("quantile %v is %v, exactly %v", q, got, exact)
			}
		}
	})
}

func TestTheSparkKeepsTheWorstOfAllTimeInSixtyPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := history(t)
		spark := summed(all).Spark
		if len(spark) > 60 || (len(all) > 0) != (len(spark) > 0) {
			t.Fatalf("%d points for %d probes", len(spark), len(all))
		}
		slowest, bad := 0.0, false
		for _, p := range all {
			slowest = max(slowest, p.took.Seconds())
			bad = bad || !p.good
		}
		drawnSlowest, drawnBad := 0.0, false
		for i, p := range spark {
			drawnSlowest = max(drawnSlowest, p.Value)
			drawnBad = drawnBad || !p.Good
			if i > 0 && !spark[i-1].Time.Before(p.Time) {
				t.Fatalf("points are not in order: %v", spark)
			}
		}
		if drawnSlowest != slowest || drawnBad != bad {
			t.Fatalf("spark shows slowest %v, bad %v; it was %v, %v", drawnSlowest, drawnBad, slowest, bad)
		}
	})
}

func TestProbesBeforeTheReleaseDoNotCount(t *testing.T) {
	s := monitor.NewSummary(noon)
	s.Add(noon.Add(-time.Second), false, time.Second)
	s.Add(noon, true, time.Second)
	if w := s.Watch(); w.Probes != 1 || w.Uptime != 1 {
		t.Fatalf("%+v", w)
	}
}
