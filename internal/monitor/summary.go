package monitor

import (
	"math"
	"time"

	"gemba"
)

// A Summary takes probes in, one at a time and in order, and says what they
// come to. It needs about 10 KB whatever their number, so that months of
// probes are as quick to tell as minutes.
type Summary struct {
	since  time.Time
	probes int
	good   int
	timed  int // good ones whose duration is known
	counts [latencyBuckets]uint32
	width  time.Duration // of a slot
	slots  []slot
}

// slot is the probes of one stretch of time.
type slot struct {
	index int64 // from since, in widths
	point gemba.Sample
}

// Durations are counted in buckets that each reach 2 % further than the one
// before, from 1 µs to about an hour: a quantile is off by 1 % at most
// (the idea of DDSketch, Masson et al., VLDB 2019).
const (
	latencyBuckets = 1200
	shortest       = float64(time.Microsecond)
	growth         = 1.02
)

const (
	sparkPoints = 60
	firstWidth  = time.Second
)

// NewSummary returns the summary of no probes since a time.
func NewSummary(since time.Time) *Summary {
	return &Summary{since: since, width: firstWidth}
}

// Add takes in a probe. A duration below zero is one that is not known.
func (s *Summary) Add(at time.Time, good bool, took time.Duration) {
	if at.Before(s.since) {
		return
	}
	s.probes++
	if good {
		s.good++
	}
	if good && took >= 0 {
		s.timed++
		s.counts[bucketOf(took)]++
	}
	s.draw(gemba.Sample{Time: at, Value: max(took, 0).Seconds(), Good: good})
}

// Watch tells what the probes come to.
func (s *Summary) Watch() gemba.Watch {
	w := gemba.Watch{Since: s.since, Probes: s.probes, P50: s.quantile(0.5), P99: s.quantile(0.99)}
	if s.probes > 0 {
		w.Uptime = float64(s.good) / float64(s.probes)
	}
	for _, slot := range s.slots {
		w.Spark = append(w.Spark, slot.point)
	}
	return w
}

// draw puts a probe into its slot; a slot keeps its slowest answer and is
// good when all its probes were.
func (s *Summary) draw(p gemba.Sample) {
	for p.Time.Sub(s.since) >= sparkPoints*s.width {
		s.widen()
	}
	s.slots = put(s.slots, slot{index: int64(p.Time.Sub(s.since) / s.width), point: p})
}

// widen makes one slot of every two.
func (s *Summary) widen() {
	s.width *= 2
	merged := s.slots[:0]
	for _, one := range s.slots {
		one.index /= 2
		merged = put(merged, one)
	}
	s.slots = merged
}

// put adds a slot, or joins it with the last one when they are the same stretch.
func put(slots []slot, one slot) []slot {
	if n := len(slots); n > 0 && slots[n-1].index == one.index {
		last := &slots[n-1].point
		last.Value = max(last.Value, one.point.Value)
		last.Good = last.Good && one.point.Good
		return slots
	}
	return append(slots, one)
}

// quantile is the duration that a share q of the good answers did not exceed.
func (s *Summary) quantile(q float64) gemba.Duration {
	if s.timed == 0 {
		return 0
	}
	rank := int(math.Ceil(q * float64(s.timed)))
	seen := 0
	for i, n := range s.counts {
		if seen += int(n); seen >= rank {
			return gemba.Duration(middleOf(i))
		}
	}
	return gemba.Duration(middleOf(latencyBuckets - 1))
}

func bucketOf(d time.Duration) int {
	i := math.Ceil(math.Log(float64(d)/shortest) / math.Log(growth))
	return int(min(max(i, 0), latencyBuckets-1))
}

// middleOf is the duration that is equally near, in proportion, to both ends of a bucket.
func middleOf(i int) time.Duration {
	return time.Duration(math.Round(shortest * math.Pow(growth, float64(i)) * 2 / (1 + growth)))
}
