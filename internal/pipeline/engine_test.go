package pipeline_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a store that works, in memory; after so many writes it can be made to refuse, as a disk does that is gone.
type memory struct {
	mu     sync.Mutex
	runs   map[int64]gemba.Run
	plans  map[int64][]byte
	events []gemba.Event
	writes int
	budget int // writes until it refuses; below 0: never
}

func newMemory() *memory {
	return &memory{runs: map[int64]gemba.Run{}, plans: map[int64][]byte{}, budget: -1}
}

func (m *memory) write() error {
	if m.budget == 0 {
		return fmt.Errorf("the disk is gone")
	}
	m.budget--
	m.writes++
	return nil
}

func (m *memory) Create(_ context.Context, run gemba.Run, plan []byte, events ...gemba.Event) (gemba.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.write(); err != nil {
		return run, err
	}
	run.ID = int64(len(m.runs) + 1)
	run.Steps = slices.Clone(run.Steps)
	for i := range run.Steps {
		run.Steps[i].Run = run.ID
	}
	m.runs[run.ID], m.plans[run.ID] = run, plan
	m.events = append(m.events, events...)
	run.Steps = slices.Clone(run.Steps)
	return run, nil
}

func (m *memory) Save(_ context.Context, run gemba.Run, steps []gemba.Step, events ...gemba.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.write(); err != nil {
		return err
	}
	kept := slices.Clone(m.runs[run.ID].Steps)
	for _, s := range steps {
		kept[s.Index] = s
	}
	run.Steps = kept
	m.runs[run.ID] = run
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) Run(_ context.Context, id int64) (gemba.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, ok := m.runs[id]
	if !ok {
		return run, gemba.Fail(gemba.NotFound, "no such run", "", "")
	}
	run.Steps = slices.Clone(run.Steps)
	return run, nil
}

func (m *memory) latest() gemba.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.events[len(m.events)-1]
}

func (m *memory) Plan(_ context.Context, id int64) ([]byte, error) { return m.plans[id], nil }

func (m *memory) Runs(context.Context, string, int) ([]gemba.Run, error) { return nil, nil }

func (m *memory) Unfinished(ctx context.Context) ([]gemba.Run, error) {
	var all []gemba.Run
	for id := int64(1); id <= int64(len(m.runs)); id++ {
		if run, _ := m.Run(ctx, id); !run.State.Over() {
			all = append(all, run)
		}
	}
	return all, nil
}

// hands do steps as they are told; a step that is told to block waits until it is let go or its context ends.
type hands struct {
	mu      sync.Mutex
	done    map[string]int
	says    map[string]pipeline.Outcome
	blocked map[string]chan struct{}
	entered chan string
}

func newHands() *hands {
	return &hands{done: map[string]int{}, says: map[string]pipeline.Outcome{}, blocked: map[string]chan struct{}{}, entered: make(chan string, 1000)}
}

func (h *hands) Do(ctx context.Context, job pipeline.Job) (pipeline.Outcome, error) {
	name := fmt.Sprintf("%d/%s/%s", job.Run.ID, job.Step.Stage, job.Step.Name)
	h.mu.Lock()
	gate, outcome := h.blocked[name], h.says[name]
	h.mu.Unlock()
	h.entered <- name
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return pipeline.Outcome{}, ctx.Err()
		}
	}
	if outcome.State == gemba.Asking && job.Answer != pipeline.NoAnswer {
		outcome = pipeline.Succeed("")
	}
	if outcome.State == "" {
		outcome = pipeline.Succeed("")
	}
	h.mu.Lock()
	h.done[name]++
	h.mu.Unlock()
	return outcome, nil
}

func (h *hands) times(name string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.done[name]
}

func (h *hands) Conclude(context.Context, gemba.Run) string { return "" }

func engine(store pipeline.Store, work pipeline.Work) *pipeline.Engine {
	return pipeline.New(store, work, time.Now, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

// planOf is a pipeline of a test and two stages.
func planOf(tasks int) *pipeline.Plan {
	production := gemba.Stage{Name: "production", Environment: "production", Verifies: []gemba.Verify{{Name: "front"}}}
	for i := range tasks {
		production.Tasks = append(production.Tasks, gemba.Task{Name: fmt.Sprintf("task%d", i), Once: i == 0})
	}
	return &pipeline.Plan{
		Kind:         pipeline.Ship,
		Service:      gemba.Service{Name: "toy", Tests: []gemba.Test{{Name: "unit"}}},
		Pipeline:     gemba.Pipeline{Service: "toy", Stages: []gemba.Stage{{Name: "staging", Environment: "staging"}, production}},
		Environments: []gemba.Environment{{Name: "staging"}, {Name: "production"}},
	}
}

func accept(t testing.TB, e *pipeline.Engine, plan *pipeline.Plan) gemba.Run {
	t.Helper()
	run, err := e.Accept(context.Background(), gemba.Run{Service: "toy", Actor: "uid:0(root)"}, plan)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func ended(t interface {
	Helper()
	Fatalf(string, ...any)
}, m *memory, id int64) gemba.Run {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if run, err := m.Run(context.Background(), id); err == nil && (run.State.Over() || run.State == gemba.Asking) {
			return run
		}
	}
	t.Fatalf("run %d never ended", id)
	return gemba.Run{}
}

func TestEachStepIsDurableBeforeTheNextBeginsInOneWriteEach(t *testing.T) {
	m, h := newMemory(), newHands()
	e := engine(m, h)
	defer e.Stop()
	plan := planOf(0)
	run := ended(t, m, accept(t, e, plan).ID)
	if run.Verdict != gemba.Shipped {
		t.Fatalf("%q", run.Verdict)
	}
	// Create, a beginning for each step (with the finish of the one before), the two ways out of and into an environment, and the end.
	if most := 1 + len(run.Steps) + 2 + 1; m.writes > most {
		t.Fatalf("%d writes for %d steps, more than %d", m.writes, len(run.Steps), most)
	}
}

func TestAFailedStepStopsTheLine(t *testing.T) {
	m, h := newMemory(), newHands()
	h.says["1/staging/deploy"] = pipeline.Fail(gemba.PutBack, "no")
	e := engine(m, h)
	defer e.Stop()
	run := ended(t, m, accept(t, e, planOf(1)).ID)
	if run.State != gemba.Broken || run.Verdict != gemba.PutBack {
		t.Fatalf("%s, %s", run.State, run.Verdict)
	}
	for _, s := range run.Steps {
		if s.Stage == "production" && s.State != gemba.Left {
			t.Fatalf("%s is %s", s.Name, s.State)
		}
	}
}

// Whatever write the store refuses first, an engine that comes later finishes the run, and no step whose verdict was
// recorded is done again.
func TestAnInterruptedRunIsFinishedWithoutRepeatingWhatIsRecorded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, h := newMemory(), newHands()
		tasks := rapid.IntRange(0, 3).Draw(t, "tasks")
		e := engine(m, h)
		m.budget = rapid.IntRange(1, 14).Draw(t, "writes")
		run, err := e.Accept(context.Background(), gemba.Run{Service: "toy"}, planOf(tasks))
		if err != nil {
			t.Fatalf("%v", err)
		}
		time.Sleep(2 * time.Millisecond)
		e.Stop()
		before, _ := m.Run(context.Background(), run.ID)
		recorded := map[string]int{}
		for _, s := range before.Steps {
			if s.State.Over() {
				recorded[fmt.Sprintf("%d/%s/%s", run.ID, s.Stage, s.Name)]++
			}
		}
		for name := range recorded {
			recorded[name] = h.times(name)
		}
		m.mu.Lock()
		m.budget = -1
		m.mu.Unlock()
		again := engine(m, h)
		defer again.Stop()
		if err := again.Resume(context.Background()); err != nil {
			t.Fatalf("%v", err)
		}
		after := ended(t, m, run.ID)
		if after.Verdict != gemba.Shipped {
			t.Fatalf("%s %s", after.State, after.Verdict)
		}
		for name, n := range recorded {
			if h.times(name) != n {
				t.Fatalf("%s was recorded and done again", name)
			}
		}
		for _, s := range after.Steps {
			if s.State != gemba.Succeeded {
				t.Fatalf("%s is %s", s.Name, s.State)
			}
		}
	})
}

func TestOneRunAtATimeIsInAnEnvironmentAndTheNextSaysForWhomItWaits(t *testing.T) {
	m, h := newMemory(), newHands()
	gate := make(chan struct{})
	h.blocked["1/staging/deploy"] = gate
	e := engine(m, h)
	defer e.Stop()
	accept(t, e, planOf(0))
	for name := ""; name != "1/staging/deploy"; name = <-h.entered {
	}
	second := accept(t, e, planOf(0))
	var waiting gemba.Run
	for deadline := time.Now().Add(5 * time.Second); waiting.WaitsFor != 1; time.Sleep(time.Millisecond) {
		waiting, _ = m.Run(context.Background(), second.ID)
		if time.Now().After(deadline) {
			t.Fatalf("the second does not wait for the first: %+v", waiting)
		}
	}
	if h.times("2/staging/deploy") != 0 {
		t.Fatal("two runs are in staging")
	}
	close(gate)
	if run := ended(t, m, second.ID); run.Verdict != gemba.Shipped || run.WaitsFor != 0 {
		t.Fatalf("%q, waits for %d", run.Verdict, run.WaitsFor)
	}
}

func TestACancelledRunEndsAndFreesItsEnvironment(t *testing.T) {
	m, h := newMemory(), newHands()
	h.blocked["1/production/deploy"] = make(chan struct{})
	e := engine(m, h)
	defer e.Stop()
	first := accept(t, e, planOf(0))
	for name := ""; name != "1/production/deploy"; name = <-h.entered {
	}
	if err := e.Cancel(context.Background(), first.ID, "bo"); err != nil {
		t.Fatal(err)
	}
	if run := ended(t, m, first.ID); run.State != gemba.Cancelled || run.Verdict != gemba.RunCancelled {
		t.Fatalf("%s, %s", run.State, run.Verdict)
	}
	if last := m.latest(); last.Kind != "run.cancelled" || last.Actor != "bo" {
		t.Fatalf("%s said %s", last.Actor, last.Kind)
	}
	if run := ended(t, m, accept(t, e, planOf(0)).ID); run.Verdict != gemba.Shipped {
		t.Fatalf("the environment is not free: %s", run.State)
	}
	if err := e.Cancel(context.Background(), first.ID, "bo"); gemba.CodeOf(err) != gemba.Conflict {
		t.Fatalf("cancelling what is over: %v", err)
	}
}

func TestARunThatAsksGoesOnWithTheAnswer(t *testing.T) {
	m, h := newMemory(), newHands()
	h.says["1/production/task0"] = pipeline.Outcome{State: gemba.Asking}
	e := engine(m, h)
	defer e.Stop()
	run := ended(t, m, accept(t, e, planOf(1)).ID)
	if run.State != gemba.Asking {
		t.Fatalf("%s", run.State)
	}
	if err := e.Answer(context.Background(), run.ID, pipeline.Done, "uid:0(root)"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); run.Verdict != gemba.Shipped; time.Sleep(time.Millisecond) {
		run, _ = m.Run(context.Background(), run.ID)
		if time.Now().After(deadline) {
			t.Fatalf("it does not go on: %+v", run)
		}
	}
	if err := e.Answer(context.Background(), run.ID, pipeline.Done, "uid:0(root)"); gemba.CodeOf(err) != gemba.Conflict {
		t.Fatalf("an answer to what asks nothing: %v", err)
	}
}

func TestARunThatAsksKeepsItsEnvironmentUntilItIsAnsweredOrCancelled(t *testing.T) {
	for name, end := range map[string]func(*pipeline.Engine, int64) error{
		"answered": func(e *pipeline.Engine, id int64) error {
			return e.Answer(context.Background(), id, pipeline.Done, "uid:0(root)")
		},
		"cancelled": func(e *pipeline.Engine, id int64) error { return e.Cancel(context.Background(), id, "bo") },
	} {
		for _, restarted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restarted %v", name, restarted), func(t *testing.T) {
				m, h := newMemory(), newHands()
				h.says["1/production/task0"] = pipeline.Outcome{State: gemba.Asking}
				e := engine(m, h)
				defer func() { e.Stop() }()
				first := ended(t, m, accept(t, e, planOf(1)).ID)
				if first.State != gemba.Asking {
					t.Fatalf("%s", first.State)
				}
				if restarted {
					e.Stop()
					e = engine(m, h)
					if err := e.Resume(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
				second := accept(t, e, planOf(1))
				for deadline := time.Now().Add(10 * time.Second); second.WaitsFor != first.ID; time.Sleep(time.Millisecond) {
					second, _ = m.Run(context.Background(), second.ID)
					if second.State.Over() || time.Now().After(deadline) {
						t.Fatalf("the second does not wait for the answer: %+v", second)
					}
				}
				if h.times("2/production/task0") != 0 {
					t.Fatal("the second overtook a run that is halfway through production")
				}
				if err := end(e, first.ID); err != nil {
					t.Fatal(err)
				}
				if run := ended(t, m, second.ID); run.Verdict != gemba.Shipped {
					t.Fatalf("the environment is not free: %s, %s", run.State, run.Verdict)
				}
				if run := ended(t, m, first.ID); !run.State.Over() {
					t.Fatalf("the first is %s", run.State)
				}
			})
		}
	}
}
