package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gemba"
)

// world is everything a Deployer touches, in memory: what runs, where requests go, what is recorded. It counts the calls
// that a deploy makes and can cut any of them short, and it watches that what must always hold always does.
type world struct {
	t         *testing.T
	mu        sync.Mutex
	instances map[ID]*Instance
	sick      map[string]string // process name and release, to how its program ends at once
	mute      map[string]bool   // process name and release, that never answer
	target    Target
	inFlight  map[gemba.ReleaseID]int
	routes    map[string]Route
	releases  map[gemba.ReleaseID]gemba.Release
	placed    *Placement
	history   []Placement
	ports     int // handed out
	log       []string

	calls  int
	fault  func(call int, name string) fault
	alone  map[string]bool // processes of which never two may run
	serves bool            // requests have been answered once, and have to be ever after
}

// fault is how a call is cut short.
type fault int

const (
	none         fault = iota
	failsBefore        // an error, and nothing was done
	failsAfter         // an error, though it was done
	killedBefore       // whoever called is dead, and nothing was done
	killedAfter        // whoever called is dead, and it was done
)

var errFault = errors.New("the world said no")

// killed is what a call panics with when its caller dies: nothing of it runs on, not even its undoing.
type killed struct{}

func newWorld(t *testing.T) *world {
	return &world{
		t: t, instances: map[ID]*Instance{}, sick: map[string]string{}, mute: map[string]bool{}, inFlight: map[gemba.ReleaseID]int{},
		routes: map[string]Route{}, releases: map[gemba.ReleaseID]gemba.Release{}, ports: 40000, alone: map[string]bool{},
	}
}

func (w *world) deployer() *Deployer {
	return &Deployer{Runtime: w, Router: w, Prober: w, Secrets: w, Store: records{w}, Now: time.Now, Free: func(int) bool { return true }}
}

// does runs one call of the deployer: its fault, if it has one, and its effect.
func (w *world) does(name string, effect func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	f := none
	if w.fault != nil {
		f = w.fault(w.calls, name)
	}
	switch f {
	case failsBefore:
		return errFault
	case killedBefore:
		panic(killed{})
	}
	err := effect()
	w.log = append(w.log, name)
	w.holds(name)
	switch f {
	case failsAfter:
		return errFault
	case killedAfter:
		panic(killed{})
	}
	return err
}

// holds checks what has to hold after every single effect.
func (w *world) holds(after string) {
	w.t.Helper()
	if w.t.Failed() {
		return // the first breach says it
	}
	running := map[string][]string{}
	for id, i := range w.instances {
		if i.Alive {
			running[id.Process] = append(running[id.Process], id.String())
		}
	}
	for name := range w.alone {
		if len(running[name]) > 1 {
			w.t.Errorf("after %s, two of %s run: %v\n%v", after, name, running[name], w.log)
		}
	}
	if answered := w.answers(); w.serves && !answered {
		w.t.Errorf("after %s, requests to %+v are not answered\n%v", after, w.target, w.log)
	}
}

// answers reports whether a request would be answered now.
func (w *world) answers() bool {
	if w.target.Root != "" {
		return true
	}
	for id, i := range w.instances {
		if i.Alive && id.address() == w.target.Upstream && !w.mute[id.Process+id.Release] {
			return true
		}
	}
	return false
}

func (w *world) Unpack(_ context.Context, _, _ string, artifact gemba.Digest) (dir string, err error) {
	return "/releases/" + string(artifact), w.does("unpack", func() error { return nil })
}

func (w *world) Data(context.Context, string, string) (string, error) {
	return "/data", w.does("data", func() error { return nil })
}

func (w *world) Instances(context.Context, string, string) (list []Instance, err error) {
	err = w.does("instances", func() error {
		for _, i := range w.instances {
			list = append(list, *i)
		}
		slices.SortFunc(list, func(a, b Instance) int { return a.Since.Compare(b.Since) })
		return nil
	})
	return list, err
}

func (w *world) Start(_ context.Context, start Start) error {
	return w.does("start "+start.ID.String(), func() error {
		if w.instances[start.ID] != nil && w.instances[start.ID].Alive {
			return fmt.Errorf("%s runs already", start.ID)
		}
		w.instances[start.ID] = &Instance{ID: start.ID, Alive: true, Serving: true, Since: time.Now(), LastExit: w.sick[start.ID.Process+start.ID.Release]}
		return nil
	})
}

func (w *world) Stop(_ context.Context, id ID) error {
	return w.does("stop "+id.String(), func() error {
		delete(w.instances, id)
		return nil
	})
}

func (w *world) Port(context.Context) (port int, err error) {
	err = w.does("port", func() error { w.ports++; port = w.ports; return nil })
	return port, err
}

func (w *world) Listens(context.Context, ID) []string { return nil }

func (w *world) Tail(context.Context, ID, int) []gemba.LogLine {
	return []gemba.LogLine{{Text: "the last line"}}
}

func (w *world) Run(context.Context, Start) error {
	return w.does("run", func() error { return nil })
}

func (w *world) Ask(_ context.Context, _ gemba.Check, address string) error {
	return w.does("ask", func() error {
		for id, i := range w.instances {
			if id.address() == address && i.Alive && !w.mute[id.Process+id.Release] {
				return nil
			}
		}
		return errors.New("GET / answered 503")
	})
}

func (w *world) Reveal(context.Context, gemba.Release) (map[string]gemba.Secret, error) {
	return nil, w.does("reveal", func() error { return nil })
}

func (w *world) Route(_ context.Context, route Route) error {
	return w.does("route", func() error { w.routes[route.Name] = route; return nil })
}

func (w *world) Unroute(_ context.Context, name string) error {
	return w.does("unroute", func() error { delete(w.routes, name); return nil })
}

func (w *world) Switch(_ context.Context, _ string, target Target) error {
	return w.does("switch to "+target.Release.Short(), func() error { w.target = target; return nil })
}

func (w *world) Target(context.Context, string) (target Target, err error) {
	err = w.does("target", func() error { target = w.target; return nil })
	return target, err
}

func (w *world) InFlight(_ context.Context, _ string, release gemba.ReleaseID) (n int, err error) {
	err = w.does("in flight", func() error {
		n = w.inFlight[release]
		w.inFlight[release] = max(0, n-1)
		return nil
	})
	return n, err
}

func (w *world) Traffic(context.Context, string) (map[gemba.ReleaseID]Traffic, error) {
	return nil, w.does("traffic", func() error { return nil })
}

func (w *world) KeepRelease(_ context.Context, release gemba.Release, _ ...gemba.Event) error {
	return w.does("keep release", func() error { w.releases[release.ID] = release; return nil })
}

func (w *world) Release(_ context.Context, _, _, id string) (release gemba.Release, err error) {
	err = w.does("release", func() error {
		for _, r := range w.releases {
			if r.ID.Instance() == id || string(r.ID) == id {
				release = r
			}
		}
		return nil
	})
	return release, err
}

func (w *world) Releases(context.Context, string, string, int) ([]Placement, error) {
	return w.history, nil
}
func (w *world) History(context.Context, string, string, int) ([]Placement, error) {
	return w.history, nil
}

func (w *world) Place(_ context.Context, placement Placement, _ ...gemba.Event) error {
	return w.does("place", func() error {
		w.placed = &placement
		w.history = append([]Placement{placement}, w.history...)
		return nil
	})
}

func (w *world) Placed(context.Context) (placed []Placement, err error) {
	err = w.does("placed", func() error {
		if w.placed != nil {
			placed = []Placement{*w.placed}
		}
		return nil
	})
	return placed, err
}

// records is the world as a Store, whose Port is another than a Runtime's.
type records struct{ *world }

func (r records) Port(context.Context, string, string, func(map[int]bool) (int, error)) (int, error) {
	return firstPort, r.does("kept port", func() error { return nil })
}

// try calls the deployer as a server that may die in it: it reports whether it died.
func try(call func() error) (died bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(killed); !ok {
				panic(p)
			}
			died = true
		}
	}()
	return false, call()
}

// bubble runs a test in a world whose time takes no time.
func bubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newWorld(t)) })
}
