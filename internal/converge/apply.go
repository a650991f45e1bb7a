package converge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/wire"
)

// apply makes the changes of a plan: each resource after those that it needs, independent ones at the same time.
func (e *Engine) apply(ctx context.Context, g *graph, order wire.Order, plan gemba.HostPlan) gemba.HostResult {
	a := &applying{Engine: e, out: &guarded{tell: e.Tell}, key: order.Key, planned: map[string]gemba.Change{}, locks: map[string]*sync.Mutex{}, progress: map[*node]*progress{}}
	for _, c := range plan.Changes {
		a.planned[c.Resource] = c
	}
	for _, n := range g.nodes {
		a.progress[n] = &progress{}
		if lock := n.resource.Lock(); lock != "" && a.locks[lock] == nil {
			a.locks[lock] = &sync.Mutex{}
		}
	}
	if err := a.bodies(ctx, g); err != nil {
		return gemba.HostResult{Unchanged: plan.Unchanged, Error: err.Error()}
	}
	a.all(ctx, g)
	return a.result(g)
}

// applying is the making of one plan's changes.
type applying struct {
	*Engine
	out     *guarded
	key     []byte
	planned map[string]gemba.Change
	locks   map[string]*sync.Mutex

	progress map[*node]*progress
}

// progress is how far one node is. Only the coordinator and the worker that has the node touch it.
type progress struct {
	begun, done bool
	changed     bool         // it, or what it needs, was changed
	applied     bool         // it itself was changed
	failed      bool         // it, or what it needs, could not be done
	because     string       // who told it
	left        bool         // it was not begun: what it needs could not be done, or everything was given up
	action      gemba.Action // what being told would do, as it was before its own change
}

// bodies fetches, at once, every text that a change will write.
func (a *applying) bodies(ctx context.Context, g *graph) error {
	var wanted []gemba.Digest
	for _, n := range g.nodes {
		if !n.differ.None() {
			wanted = append(wanted, n.resource.Bodies()...)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if err := a.Bodies.Fetch(ctx, wanted); err != nil {
		return fmt.Errorf("fetching what is to be written: %w", err)
	}
	return nil
}

// all takes node after node to a worker as soon as what it needs is done. What is in hand when everything is given up
// is ended nevertheless: half a transaction of packages is worse than a late one.
func (a *applying) all(ctx context.Context, g *graph) {
	finished := make(chan []*node)
	running := 0
	for {
		for _, batch := range a.ready(ctx, g) {
			if running >= max(a.Width, 1) {
				a.unbegin(batch)
				continue
			}
			running++
			go func() {
				a.batch(context.WithoutCancel(ctx), batch)
				finished <- batch
			}()
		}
		if running == 0 {
			return
		}
		for _, n := range <-finished {
			a.progress[n].done = true
		}
		running--
	}
}

// ready are the nodes that may begin, those that are better done together in one batch. What has nothing to do is done at once.
func (a *applying) ready(ctx context.Context, g *graph) [][]*node {
	var batches [][]*node
	together := map[string]int{}
	for _, n := range g.nodes { // in order: what becomes done here lets later ones begin
		p := a.progress[n]
		if p.begun || !a.mayBegin(n) {
			continue
		}
		p.begun = true
		a.inherit(n)
		_, planned := a.planned[n.Address()]
		if p.failed || ctx.Err() != nil || !planned && !p.changed && p.because == "" {
			p.left = p.failed || ctx.Err() != nil
			p.done, p.failed = true, p.left
			continue
		}
		if n.kind.Together == nil {
			batches = append(batches, []*node{n})
			continue
		}
		i, open := together[n.Kind]
		if !open {
			i = len(batches)
			together[n.Kind], batches = i, append(batches, nil)
		}
		batches[i] = append(batches[i], n)
	}
	return batches
}

func (a *applying) unbegin(batch []*node) {
	for _, n := range batch {
		a.progress[n].begun = false
	}
}

func (a *applying) mayBegin(n *node) bool {
	for before := range n.after {
		if !a.progress[before].done {
			return false
		}
	}
	return true
}

// inherit takes over what became of the nodes before.
func (a *applying) inherit(n *node) {
	p := a.progress[n]
	for before := range n.after {
		was := a.progress[before]
		p.failed = p.failed || was.failed
		p.changed = p.changed || was.changed
		for _, told := range before.tells {
			if told == n && was.applied && p.because == "" {
				p.because = before.Address()
			}
		}
	}
	if c, planned := a.planned[n.Address()]; planned && p.because == "" && a.noted(c) {
		p.because = c.Because
	}
}

// noted reports whether the plan found a note of an earlier apply that was cut short.
func (a *applying) noted(c gemba.Change) bool {
	notes, err := a.Notes.All()
	return err == nil && notes[c.Resource] != ""
}

// batch does nodes of one kind: one, or several that are better done together.
func (a *applying) batch(ctx context.Context, nodes []*node) {
	if lock := nodes[0].resource.Lock(); lock != "" {
		a.locks[lock].Lock()
		defer a.locks[lock].Unlock()
	}
	var work []*node
	for _, n := range nodes {
		if a.progress[n].changed || n.foreseen || n.err != nil {
			a.observe(ctx, n) // what it needs was changed, and may have changed it as well
		}
		if n.err == nil {
			a.progress[n].action = n.resource.OnNotify(n.state)
		}
		switch {
		case n.err != nil:
			a.fail(n, a.Now(), fmt.Errorf("looking at it: %w", n.err))
		case !n.differ.None():
			work = append(work, n)
		}
	}
	if len(work) > 0 {
		a.change(ctx, work)
	}
	for _, n := range nodes {
		a.tell(ctx, n)
	}
}

// change makes the changes of nodes and looks whether they are as declared then.
func (a *applying) change(ctx context.Context, nodes []*node) {
	began := a.Now()
	for _, n := range nodes {
		if err := a.note(n); err != nil {
			a.fail(n, began, err)
			return
		}
		a.out.say(wire.News{Began: n.Address()})
	}
	failures := a.make(ctx, nodes)
	a.System.Cache().Clear()
	if err := a.warm(ctx, nodes); err != nil {
		failures = []error{errors.Join(append(failures, err)...)}
	}
	for i, n := range nodes {
		if err := failures[min(i, len(failures)-1)]; err != nil {
			a.fail(n, began, err)
			continue
		}
		a.verify(ctx, n, began)
	}
}

// note writes down who will have to be told, before anything is changed.
func (a *applying) note(n *node) error {
	for _, told := range n.tells {
		if err := a.Notes.Put(told.Address(), n.Address()); err != nil {
			return fmt.Errorf("remembering that %s has to be told: %w", told.Address(), err)
		}
	}
	return nil
}

// make applies nodes, together where their kind does that. It returns an error for each, or one for all.
func (a *applying) make(ctx context.Context, nodes []*node) []error {
	if together := nodes[0].kind.Together; together != nil {
		var all []resource.Resource
		var states []resource.State
		for _, n := range nodes {
			all, states = append(all, n.resource), append(states, n.state)
		}
		if failures := together(ctx, a.System, all, states); len(failures) > 0 {
			return failures
		}
		return []error{nil}
	}
	return []error{nodes[0].resource.Apply(ctx, a.System, nodes[0].state)}
}

// verify looks again: what still differs is a failure.
func (a *applying) verify(ctx context.Context, n *node, began time.Time) {
	change := a.describe(ctx, n)
	before := n.differ
	a.observe(ctx, n)
	done := gemba.Applied{Change: change, Began: began.UTC(), Took: gemba.Duration(a.Now().Sub(began))}
	p := a.progress[n]
	p.changed, p.applied = true, true
	switch {
	case n.err != nil:
		done.Error = "it was changed, and could not be looked at again: " + n.err.Error()
	case !n.differ.None() && before.May == "" && n.differ.May == "": // what ends by itself differs again at once, and says so
		done.After = a.shown(ctx, n)
		if len(done.After) == 0 {
			done.Error = "it was changed, and still is not as declared"
		}
	}
	p.failed = !done.Good()
	a.out.say(wire.News{Applied: &done})
}

// describe is the change as it was planned; where it came up on the way, as it was found.
func (a *applying) describe(ctx context.Context, n *node) gemba.Change {
	if c, planned := a.planned[n.Address()]; planned {
		return c
	}
	c, _ := a.Engine.change(ctx, n, a.key, "")
	return c
}

func (a *applying) fail(n *node, began time.Time, err error) {
	a.progress[n].failed = true
	failed := gemba.Applied{Change: a.describe(context.Background(), n), Began: began.UTC(), Took: gemba.Duration(a.Now().Sub(began)), Error: err.Error()}
	var logged interface{ Log() []string }
	if errors.As(err, &logged) {
		failed.Log = logged.Log()
	}
	a.out.say(wire.News{Applied: &failed})
}

// tell does what a change of something else asks of a node, and forgets the note of it.
func (a *applying) tell(ctx context.Context, n *node) {
	p := a.progress[n]
	if p.because == "" || p.failed {
		return
	}
	began := a.Now()
	if p.action != "" {
		a.out.say(wire.News{Began: n.Address()})
		change := gemba.Change{Resource: n.Address(), Kind: n.Kind, Name: n.Name, Place: n.Place, Action: p.action, Because: p.because}
		err := n.resource.Notified(ctx, a.System, n.state)
		a.System.Cache().Clear()
		if err != nil {
			a.fail(n, began, err)
			return
		}
		a.observe(ctx, n)
		done := gemba.Applied{Change: change, Began: began.UTC(), Took: gemba.Duration(a.Now().Sub(began))}
		if n.err != nil {
			done.Error = n.err.Error()
		} else if !n.differ.None() {
			done.After = a.shown(ctx, n)
		}
		p.changed, p.applied, p.failed = true, true, !done.Good()
		a.out.say(wire.News{Applied: &done})
	}
	if p.failed {
		return
	}
	if err := a.Notes.Drop(n.Address()); err != nil {
		a.fail(n, began, fmt.Errorf("forgetting that it was told: %w", err))
	}
}

// result counts what became of the nodes.
func (a *applying) result(g *graph) gemba.HostResult {
	var r gemba.HostResult
	for _, n := range g.nodes {
		p := a.progress[n]
		if !a.System.Live() && !p.failed && n.err == nil {
			if left := n.resource.AtStart(n.state); left != nil {
				r.Residue = append(r.Residue, gemba.Residue{Resource: n.Address(), What: left.What, Command: left.Command})
			}
		}
		switch {
		case p.left:
			r.Left = append(r.Left, n.Address())
		case p.failed:
			r.Failed++
		case p.applied:
			r.Changed++
		default:
			r.Unchanged++
		}
	}
	return r
}
