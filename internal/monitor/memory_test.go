package monitor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"gemba"
	"gemba/internal/monitor"
)

// memory is a Series that keeps everything at hand, for tests of what is recorded.
type memory struct {
	mu   sync.Mutex
	kept map[string][]kept // by name, service and process
	text map[string][]byte // the latest text, by service and process
	full bool              // every write fails

	asked []time.Time // since when summaries were asked for
}

type kept struct {
	at    time.Time
	value float64
}

func newMemory() *memory {
	return &memory{kept: map[string][]kept{}, text: map[string][]byte{}}
}

var errFull = errors.New("no room")

func (m *memory) Append(_ context.Context, at time.Time, samples []monitor.Sample) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return errFull
	}
	for _, s := range samples {
		key := s.Name + " " + s.Labels["service"] + "/" + s.Labels["process"]
		if before := m.kept[key]; len(before) > 0 && !before[len(before)-1].at.Before(at) {
			return fmt.Errorf("%s: out of order", key)
		}
		m.kept[key] = append(m.kept[key], kept{at, s.Value})
	}
	return nil
}

func (m *memory) AppendText(_ context.Context, _ time.Time, body []byte, _ string, labels map[string]string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return 0, errFull
	}
	if bytes.HasPrefix(body, []byte("malformed")) {
		return 0, errors.New("malformed")
	}
	m.text[labels["service"]+"/"+labels["process"]] = body
	return bytes.Count(body, []byte("\n")), nil
}

func (m *memory) Watch(_ context.Context, _ monitor.Target, since, _ time.Time) (gemba.Watch, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, since)
	return gemba.Watch{}, nil
}

func (m *memory) Close() error { return nil }

func (m *memory) setFull(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// values are those of a series, the end marks left out.
func (m *memory) values(key string) []float64 {
	var all []float64
	for _, k := range m.all(key) {
		if math.Float64bits(k.value) != math.Float64bits(monitor.Ended()) {
			all = append(all, k.value)
		}
	}
	return all
}

// ended reports whether the latest value of a series marks its end.
func (m *memory) ended(key string) bool {
	all := m.all(key)
	return len(all) > 0 && math.Float64bits(all[len(all)-1].value) == math.Float64bits(monitor.Ended())
}

func (m *memory) all(key string) []kept {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.kept[key])
}

func (m *memory) latestText(of string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.text[of])
}

func (m *memory) names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.kept))
}

// prober answers as it is told to.
type prober struct {
	mu     sync.Mutex
	probe  func(context.Context, monitor.Target) monitor.Answer
	scrape func(context.Context, monitor.Target) (monitor.Text, error)
	probes map[string]int // by service
	looked map[string]int // scrapes, by service
}

func newProber() *prober {
	return &prober{
		probes: map[string]int{}, looked: map[string]int{},
		probe: func(context.Context, monitor.Target) monitor.Answer {
			return monitor.Answer{Good: true, Duration: time.Millisecond}
		},
		scrape: func(context.Context, monitor.Target) (monitor.Text, error) {
			return monitor.Text{}, errors.New("answered 404")
		},
	}
}

func (p *prober) Probe(ctx context.Context, target monitor.Target) monitor.Answer {
	p.mu.Lock()
	p.probes[target.Service]++
	probe := p.probe
	p.mu.Unlock()
	return probe(ctx, target)
}

func (p *prober) Scrape(ctx context.Context, target monitor.Target) (monitor.Text, error) {
	p.mu.Lock()
	p.looked[target.Service]++
	scrape := p.scrape
	p.mu.Unlock()
	return scrape(ctx, target)
}

func (p *prober) scrapeWith(f func(context.Context, monitor.Target) (monitor.Text, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scrape = f
}

func (p *prober) count(of map[string]int, service string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return of[service]
}
