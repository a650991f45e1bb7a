package table

import "gemba/internal/deploy"

// Visit is one request on a route. It is counted as in flight with exactly
// one release from Enter until Leave.
type Visit struct {
	table    *Table
	route    *route
	target   deploy.Target
	counted  *tally
	attempts int
}

// Enter picks where a request goes and counts it there. Picking and counting
// are one act: after a Switch has returned, nobody enters the old release, and
// everybody who did is counted. It returns nil when the route leads nowhere.
func (t *Table) Enter(name string) *Visit {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, ok := t.routes[name]
	if !ok || r.target == (deploy.Target{}) {
		return nil
	}
	v := &Visit{table: t, route: r}
	v.enterLocked()
	return v
}

// Target is where the request goes.
func (v *Visit) Target() deploy.Target { return v.target }

// Upstream returns the address for the next attempt. The first attempt goes
// where the request was entered. A later one means that the first was not
// answered, so it goes where the route leads by then, and is counted there.
func (v *Visit) Upstream() string {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	v.attempts++
	if v.attempts > 1 && v.route.target != v.target && v.route.target.Upstream != "" {
		v.counted.inFlight--
		v.counted.Requests--
		v.enterLocked()
	}
	return v.target.Upstream
}

// Leave ends the visit; failed says that it was answered badly, or not at all.
func (v *Visit) Leave(failed bool) {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	v.counted.inFlight--
	if failed {
		v.counted.Failed++
	}
	v.table.forgetLocked(v.route)
}

func (v *Visit) enterLocked() {
	v.target = v.route.target
	c, ok := v.route.releases[v.target.Release]
	if !ok {
		c = &tally{}
		v.route.releases[v.target.Release] = c
	}
	c.inFlight++
	c.Requests++
	v.counted = c
}
