package converge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/resource"
	"gemba/internal/resource/kinds"
	"gemba/internal/resource/memory"
	"gemba/internal/wire"
)

// daemon is a kind for tests: it runs, and reads a file when it starts.
type daemon struct {
	Name string `json:"name"`
	File string `json:"file"`
}

func daemonKind() resource.Kind {
	state := func(d daemon) string { return "/var/lib/" + d.Name }
	return resource.Definition[daemon, string]{
		Schema: gemba.Schema{Kind: "daemon"},
		Needs:  func(d daemon) []resource.Token { return []resource.Token{resource.Path(d.File)} },
		Observe: func(_ context.Context, sys resource.System, d daemon) (string, error) {
			text, err := sys.ReadFile(state(d))
			if err != nil {
				return "", nil
			}
			return string(text), nil
		},
		Diff: func(d daemon, s string) resource.Difference {
			if s != "" {
				return resource.Difference{}
			}
			return resource.Difference{Action: gemba.ActionCreate, Diffs: []gemba.Diff{{Attribute: "running", From: "no", To: "yes"}}}
		},
		Apply: func(_ context.Context, sys resource.System, d daemon, _ string) error { return start(sys, d, state(d)) },
		OnNotify: func(_ daemon, s string) gemba.Action {
			if s == "" {
				return ""
			}
			return gemba.ActionRestart
		},
		Notified: func(_ context.Context, sys resource.System, d daemon, _ string) error { return start(sys, d, state(d)) },
	}.Kind()
}

// start makes the daemon run with what its file says now.
func start(sys resource.System, d daemon, at string) error {
	text, err := sys.ReadFile(d.File)
	if err != nil {
		return fmt.Errorf("the daemon needs its file: %w", err)
	}
	return sys.Write(at, strings.NewReader("runs with "+string(text)), resource.Meta{Mode: 0o644})
}

// notes are a host's notes, in memory.
type notes struct{ sync.Map }

func (n *notes) Put(told, because string) error { n.Store(told, because); return nil }
func (n *notes) Drop(told string) error         { n.Delete(told); return nil }
func (n *notes) All() (map[string]string, error) {
	all := map[string]string{}
	n.Range(func(k, v any) bool { all[k.(string)] = v.(string); return true })
	return all, nil
}

// fetched are bodies that are at hand from the start; it counts those that are asked for.
type fetched struct{ asked int }

func (f *fetched) Fetch(_ context.Context, digests []gemba.Digest) error {
	f.asked += len(digests)
	return nil
}

// world is a host with an engine.
type world struct {
	*memory.Host
	notes  notes
	bodies fetched
	news   []wire.News
}

func newWorld() *world { return &world{Host: memory.New()} }

func (w *world) engine() *converge.Engine {
	known := kinds.ByName()
	known["daemon"] = daemonKind()
	return &converge.Engine{Kinds: known, System: w.Host, Bodies: &w.bodies, Notes: &w.notes, Now: time.Now, Width: 4, Tell: func(n wire.News) { w.news = append(w.news, n) }}
}

func (w *world) run(t *testing.T, apply bool, items ...wire.Item) (gemba.HostResult, gemba.HostPlan) {
	t.Helper()
	w.news = nil
	result, err := w.engine().Run(t.Context(), wire.Order{Apply: apply, Items: items, Key: []byte("k")})
	if err != nil {
		t.Fatal(err)
	}
	return result, *w.news[0].Plan
}

func (w *world) applied() (addresses []string) {
	for _, n := range w.news {
		if n.Applied != nil {
			addresses = append(addresses, string(n.Applied.Change.Action)+" "+n.Applied.Change.Resource)
		}
	}
	return addresses
}

func item(kind, name string, attributes map[string]any) wire.Item {
	text, err := json.Marshal(attributes)
	if err != nil {
		panic(err)
	}
	return wire.Item{Kind: kind, Name: name, Attributes: text, Place: gemba.Place{File: "infra.hcl", Line: 1}}
}

func (w *world) text(path, content string) wire.Item {
	return item("file", path, map[string]any{"content": w.AddBody(content)})
}

func TestAppliedTwiceIsAppliedOnce(t *testing.T) {
	w := newWorld()
	items := []wire.Item{w.text("/etc/a", "a\n"), w.text("/etc/b", "b\n")}
	if result, plan := w.run(t, true, items...); result.Changed != 2 || len(plan.Changes) != 2 || result.Failed != 0 {
		t.Fatalf("%+v", result)
	}
	w.Calls = nil
	result, plan := w.run(t, true, items...)
	if result.Changed != 0 || result.Unchanged != 2 || len(plan.Changes) != 0 || plan.Unchanged != 2 || len(w.Calls) != 0 {
		t.Fatalf("%+v, %+v, %v", result, plan, w.Calls)
	}
	if w.bodies.asked != 2 {
		t.Errorf("%d bodies were asked for", w.bodies.asked)
	}
}

func TestAPlanChangesNothing(t *testing.T) {
	w := newWorld()
	w.Set("/etc/a", "one\ntwo\nthree\n")
	w.Calls = nil
	_, plan := w.run(t, false, w.text("/etc/a", "one\n2\nthree\n"))
	if len(w.Calls) != 0 || len(plan.Changes) != 1 {
		t.Fatalf("%v, %+v", w.Calls, plan)
	}
	if got, want := plan.Changes[0].Diffs[0].Lines, []string{"@@ -1,3 +1,3 @@", " one", "-two", "+2", " three"}; !slices.Equal(got, want) {
		t.Errorf("the lines are %q", got)
	}
}

func TestSecretsAreNotInPlans(t *testing.T) {
	w := newWorld()
	w.Set("/etc/a", "the old secret\n")
	secret := w.text("/etc/a", "the new secret\n")
	secret.Hidden = []string{"content"}
	_, plan := w.run(t, true, secret)
	for _, n := range w.news {
		if text, _ := json.Marshal(n); strings.Contains(string(text), "secret\\n") || strings.Contains(string(text), `"lines"`) || strings.Contains(string(text), "bytes") {
			t.Errorf("it says %s", text)
		}
	}
	if d := plan.Changes[0].Diffs[0]; !d.Hidden || d.From != "" || d.To != "" {
		t.Errorf("%+v", d)
	}
}

func TestADaemonIsToldAfterItsFileAndOnlyThen(t *testing.T) {
	w := newWorld()
	file := w.text("/etc/d.conf", "one")
	file.Notifies = []string{"daemon.d"}
	d := item("daemon", "d", map[string]any{"file": "/etc/d.conf"})
	w.run(t, true, d, file)
	if got := w.applied(); !slices.Equal(got, []string{"create file./etc/d.conf", "create daemon.d"}) {
		t.Fatalf("%q: a start reads everything anew", got)
	}
	again := w.text("/etc/d.conf", "two")
	again.Notifies = file.Notifies
	_, plan := w.run(t, true, d, again)
	if got := w.applied(); !slices.Equal(got, []string{"update file./etc/d.conf", "restart daemon.d"}) || w.Text("/var/lib/d") != "runs with two" {
		t.Fatalf("%q, %q", got, w.Text("/var/lib/d"))
	}
	if c := plan.Changes[1]; c.Action != gemba.ActionRestart || c.Because != "file./etc/d.conf" {
		t.Errorf("planned %+v", c)
	}
	if result, _ := w.run(t, true, d, again); result.Changed != 0 {
		t.Errorf("told again: %q", w.applied())
	}
}

func TestWhoWasNotToldBecauseOfACrashIsToldByTheNextApply(t *testing.T) {
	w := newWorld()
	file := func(text string) wire.Item {
		f := w.text("/etc/d.conf", text)
		f.Notifies = []string{"daemon.d"}
		return f
	}
	d := item("daemon", "d", map[string]any{"file": "/etc/d.conf"})
	w.run(t, true, d, file("one"))
	ctx, crash := context.WithCancel(t.Context())
	e := w.engine()
	tell := e.Tell
	e.Tell = func(n wire.News) {
		tell(n)
		if n.Applied != nil && n.Applied.Change.Kind == "file" {
			crash()
		}
	}
	if _, err := e.Run(ctx, wire.Order{Apply: true, Items: []wire.Item{d, file("two")}}); err != nil {
		t.Fatal(err)
	}
	if w.Text("/etc/d.conf") != "two" || w.Text("/var/lib/d") != "runs with one" {
		t.Fatalf("%q, %q", w.Text("/etc/d.conf"), w.Text("/var/lib/d"))
	}
	_, plan := w.run(t, true, d, file("two"))
	if len(plan.Changes) != 1 || plan.Changes[0].Because != "file./etc/d.conf" || w.Text("/var/lib/d") != "runs with two" {
		t.Fatalf("%+v, %q", plan.Changes, w.Text("/var/lib/d"))
	}
	if left, _ := w.notes.All(); len(left) != 0 {
		t.Errorf("notes are left: %v", left)
	}
}

func TestWhatNeedsSomethingThatFailedIsLeft(t *testing.T) {
	w := newWorld()
	w.Fault = func(call string) error {
		if strings.HasPrefix(call, "write /etc/d.conf") {
			return errors.New("no space left on device")
		}
		return nil
	}
	result, _ := w.run(t, true, item("daemon", "d", map[string]any{"file": "/etc/d.conf"}), w.text("/etc/d.conf", "x"), w.text("/etc/other", "y"))
	if result.Failed != 1 || result.Changed != 1 || !slices.Equal(result.Left, []string{"daemon.d"}) {
		t.Fatalf("%+v", result)
	}
}

func TestASavedPlanIsRefusedWhereTheHostHasChanged(t *testing.T) {
	w := newWorld()
	w.Set("/etc/a", "old")
	order := wire.Order{Apply: true, Key: []byte("k"), Items: []wire.Item{w.text("/etc/a", "new")}, Bound: map[string]string{}}
	_, plan := w.run(t, false, order.Items...)
	for _, c := range plan.Changes {
		order.Bound[c.Resource] = c.State
	}
	w.Set("/etc/a", "by somebody else")
	result, err := w.engine().Run(t.Context(), order)
	if err != nil || !slices.Equal(result.Differs, []string{"file./etc/a"}) || w.Text("/etc/a") != "by somebody else" {
		t.Fatalf("%+v, %v, %q", result, err, w.Text("/etc/a"))
	}
	w.Set("/etc/a", "old")
	if result, err = w.engine().Run(t.Context(), order); err != nil || result.Changed != 1 || w.Text("/etc/a") != "new" {
		t.Fatalf("%+v, %v", result, err)
	}
}

func TestMistakesOfAGraphAreNamed(t *testing.T) {
	w := newWorld()
	a, b, c := w.text("/etc/a", "a"), w.text("/etc/b", "b"), w.text("/etc/c", "c")
	a.Requires, b.Requires, c.Notifies = []string{"file./etc/b"}, []string{"file./etc/c"}, []string{"daemon.d"}
	d := item("daemon", "d", map[string]any{"file": "/etc/none"})
	d.Notifies = []string{"file./etc/a"}
	c.Requires = []string{"file./etc/a"}
	for says, items := range map[string][]wire.Item{
		"file./etc/a → daemon.d → file./etc/c → file./etc/a": {a, b, c, d},
		"file./etc/b, which is not in its profile":           {a},
		"declared twice":             {d, d, a, b, c},
		`no resource of kind "fiel"`: {item("fiel", "x", nil)},
	} {
		_, err := w.engine().Run(t.Context(), wire.Order{Items: items})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}

// Whatever the graph: every resource is applied once, after what it needs, and the second time there is nothing to do.
func TestEveryGraphIsAppliedInItsOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld()
		n := rapid.IntRange(1, 12).Draw(rt, "resources")
		var items []wire.Item
		after := map[string][]string{}
		for i := range n {
			f := w.text(fmt.Sprintf("/etc/f%d", i), "x")
			for j := range i {
				if rapid.IntRange(0, 3).Draw(rt, "edge") == 0 {
					f.Requires = append(f.Requires, items[j].Address())
				}
			}
			after[f.Address()] = f.Requires
			items = append(items, f)
		}
		items = rapid.Permutation(items).Draw(rt, "order")
		result, _ := w.run(t, true, items...)
		if result.Changed != n || result.Failed > 0 || len(result.Left) > 0 {
			rt.Fatalf("%+v", result)
		}
		done := map[string]bool{}
		for _, news := range w.news {
			if news.Began != "" {
				for _, before := range after[news.Began] {
					if !done[before] {
						rt.Fatalf("%s began before %s was done", news.Began, before)
					}
				}
			}
			if news.Applied != nil {
				done[news.Applied.Change.Resource] = true
			}
		}
		if result, _ := w.run(t, true, items...); result.Unchanged != n {
			rt.Fatalf("the second time: %+v", result)
		}
	})
}
