package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gemba"
	"gemba/internal/web"
)

// memory is a web.Source that keeps everything in memory. It works: what a
// test changes is what the pages show, and who listens is told.
type memory struct {
	mu        sync.Mutex
	status    gemba.Status // without runs and hosts
	hosts     []gemba.HostState
	runs      []gemba.Run // oldest first
	logs      map[[2]int64][]gemba.LogLine
	tests     map[int64][]gemba.TestResult
	events    []gemba.Event
	ledger    web.LedgerState
	listeners map[chan struct{}]bool
	failure   error // what every method answers, when set
}

func newMemory() *memory {
	return &memory{logs: map[[2]int64][]gemba.LogLine{}, tests: map[int64][]gemba.TestResult{}, listeners: map[chan struct{}]bool{}}
}

func (m *memory) Status(context.Context) (gemba.Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status
	s.Runs, s.Hosts = m.newest("", 5), slices.Clone(m.hosts)
	return s, m.failure
}

func (m *memory) Hosts(context.Context) ([]gemba.HostState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.hosts), m.failure
}

func (m *memory) Run(_ context.Context, id int64) (gemba.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.runs {
		if r.ID == id {
			r.Steps = slices.Clone(r.Steps)
			return r, m.failure
		}
	}
	return gemba.Run{}, gemba.Fail(gemba.NotFound, fmt.Sprintf("There is no run %d", id), "", "gemba status")
}

func (m *memory) Runs(_ context.Context, service string, limit int) ([]gemba.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.newest(service, limit), m.failure
}

func (m *memory) newest(service string, limit int) []gemba.Run {
	var list []gemba.Run
	for _, r := range slices.Backward(m.runs) {
		if (service == "" || r.Service == service) && len(list) < limit {
			r.Steps = slices.Clone(r.Steps)
			list = append(list, r)
		}
	}
	return list
}

func (m *memory) Log(_ context.Context, run int64, step, after int) ([]gemba.LogLine, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	lines := m.logs[[2]int64{run, int64(step)}]
	return slices.Clone(lines[min(after, len(lines)):]), m.failure
}

func (m *memory) TestResults(_ context.Context, run int64) ([]gemba.TestResult, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.tests[run]), m.failure
}

func (m *memory) Events(_ context.Context, after, before int64, limit int, run int64, subject string) ([]gemba.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []gemba.Event
	for _, e := range slices.Backward(m.events) {
		about := subject == "" || e.Subject == subject || strings.HasSuffix(subject, "/") && strings.HasPrefix(e.Subject, subject)
		if e.Seq > after && (before == 0 || e.Seq < before) && (run == 0 || e.Run == run) && about && len(list) < limit {
			list = append(list, e)
		}
	}
	return list, m.failure
}

func (m *memory) Ledger(context.Context) (web.LedgerState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ledger, m.failure
}

func (m *memory) Changes(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	m.mu.Lock()
	m.listeners[c] = true
	m.mu.Unlock()
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.listeners, c)
		close(c)
	})
	return c
}

// change alters the state and tells everybody.
func (m *memory) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	for c := range m.listeners {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (m *memory) print(run int64, step int, stream string, lines ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := [2]int64{run, int64(step)}
	for _, text := range lines {
		m.logs[key] = append(m.logs[key], gemba.LogLine{Time: time.Now(), Stream: stream, Text: text})
	}
}

func (m *memory) tell(at time.Time, kind, subject string, run, cause int64, data string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := gemba.Event{Seq: int64(len(m.events) + 1), Time: at.UTC(), Actor: "gemba", Kind: kind, Subject: subject, Run: run, Cause: cause}
	if cause == 0 {
		e.Actor = "uid:1000(ana)"
	}
	if data != "" {
		e.Data = []byte(data)
	}
	m.events = append(m.events, e)
	return e.Seq
}
