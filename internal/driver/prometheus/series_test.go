package prometheus

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/value"

	"gemba"
	"gemba/internal/monitor"
)

func TestSamplesAreKeptAndFoundByTheirLabels(t *testing.T) {
	s := fresh(t)
	probe(t, s, noon, 1, 0.25)
	lines, err := s.Query(context.Background(), `gemba_probe_duration_seconds{environment="production",release="9c1e"}`, noon.Add(time.Second))
	if err != nil || len(lines) != 1 {
		t.Fatalf("%v, %v", lines, err)
	}
	if got := lines[0].Points[0].Value; got != 0.25 || lines[0].Labels["process"] != "web" {
		t.Fatalf("%+v", lines[0])
	}
}

func TestAllSamplesOfATimeAreKeptOrNone(t *testing.T) {
	s := fresh(t)
	probe(t, s, noon, 1, 0.25)
	err := s.Append(context.Background(), noon.Add(-time.Second), []monitor.Sample{
		{Name: "gemba_new", Labels: own, Value: 1},
		{Name: monitor.ProbeSuccess, Labels: own, Value: 0}, // comes too late
	})
	if err == nil {
		t.Fatal("a sample that comes too late was kept")
	}
	contains(t, err.Error(), "gemba_probe_success", "out of order")
	if _, found := valueOf(t, s, "gemba_new", noon); found {
		t.Fatal("half of the samples were kept")
	}
}

func TestTheMarkOfAnEndIsThatOfPrometheus(t *testing.T) {
	if !value.IsStaleNaN(monitor.Ended()) {
		t.Fatalf("%x", math.Float64bits(monitor.Ended()))
	}
	s := fresh(t)
	probe(t, s, noon, 1, 0.25)
	at := noon.Add(5 * time.Second)
	if _, found := valueOf(t, s, monitor.ProbeSuccess, at); !found {
		t.Fatal("a series is gone while it goes on")
	}
	probe(t, s, at, monitor.Ended(), monitor.Ended())
	if _, found := valueOf(t, s, monitor.ProbeSuccess, at); found {
		t.Fatal("a series that ended still has a value")
	}
}

func TestRangesAndNumbersAreAnswered(t *testing.T) {
	s := fresh(t)
	for i := range 60 {
		probe(t, s, noon.Add(time.Duration(i)*time.Second), 1, float64(i))
	}
	lines, err := s.Range(context.Background(), "max_over_time("+monitor.ProbeDuration+"[10s])", noon.Add(10*time.Second), noon.Add(50*time.Second), 20*time.Second)
	if err != nil || len(lines) != 1 || len(lines[0].Points) != 3 || lines[0].Points[2].Value != 50 {
		t.Fatalf("%v, %v", lines, err)
	}
	if v, _ := valueOf(t, s, "1 + 1", noon); v != 2 {
		t.Fatal(v)
	}
	if _, err := s.Query(context.Background(), "sum(", noon); gemba.CodeOf(err) != gemba.Invalid {
		t.Fatalf("%v", err)
	}
}

func TestTheSeriesFitTheSizeOfAnIdleServer(t *testing.T) {
	o := small()
	if o.StripeSize > 1024 || o.MaxBytes != 512<<20 || o.RetentionDuration != 15*24*3600*1000 || o.EnableExemplarStorage {
		t.Fatalf("%+v", o)
	}
}
