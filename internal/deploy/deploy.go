package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gemba"
)

// Deployer places releases. It may be used for several environments at the same time; for one environment and
// service, the caller sees to it that one deploy runs at a time.
type Deployer struct {
	Runtime Runtime
	Router  Router
	Prober  Prober
	Secrets Secrets
	Store   Store
	Now     func() time.Time
	First   int                                    // loopback ports are chosen from here on; 0: from 8100
	Free    func(port int) bool                    // whether nothing listens on a loopback port
	Say     func(ctx context.Context, line string) // narrates; may be nil
}

// Result is what a deploy did.
type Result struct {
	Unchanged bool            `json:"unchanged"`
	Started   []string        `json:"started,omitempty"` // instances
	Stopped   []string        `json:"stopped,omitempty"`
	Address   string          `json:"address,omitempty"`
	Before    gemba.ReleaseID `json:"before,omitempty"` // what was placed when it began; "" for nothing
	PutBack   *PutBack        `json:"put_back,omitempty"`
	Traffic   Traffic         `json:"traffic"` // while it went on
	Took      time.Duration   `json:"-"`
}

// PutBack says that a release was not kept and what serves instead.
type PutBack struct {
	Process string          `json:"process"`
	Reason  string          `json:"reason"`
	Log     []gemba.LogLine `json:"log,omitempty"`
	To      gemba.ReleaseID `json:"to,omitempty"` // "" when nothing served before
	Served  bool            `json:"served"`       // it served all along: nothing had been switched or stopped
	Took    gemba.Duration  `json:"took"`
}

// Deploy makes a release what runs in its environment: observe, find the difference, apply it, observe again.
// A release that does not become healthy is removed, what served before serves again, and Result.PutBack says why: that is no error.
// A deploy that was cut short anywhere is completed by calling Deploy again.
func (d *Deployer) Deploy(ctx context.Context, release gemba.Release, run int64) (Result, error) {
	return d.place(ctx, release, run, false)
}

// Return is Deploy of a release that was placed before: it is the way back, and the history says so.
func (d *Deployer) Return(ctx context.Context, release gemba.Release, run int64) (Result, error) {
	return d.place(ctx, release, run, true)
}

func (d *Deployer) place(ctx context.Context, release gemba.Release, run int64, back bool) (Result, error) {
	began := d.Now()
	seen, err := d.observe(ctx, release)
	if err != nil {
		return Result{}, err
	}
	address, err := d.Address(ctx, release)
	if err != nil {
		return Result{}, err
	}
	if seen.inPlace(release) {
		return Result{Unchanged: true, Address: address}, nil
	}
	if err := d.Store.KeepRelease(ctx, release); err != nil {
		return Result{}, fmt.Errorf("keeping the release: %w", err)
	}
	change := &change{Deployer: d, release: release, seen: seen, run: run, back: back}
	if seen.placed != nil && !seen.placed.Stopped {
		change.result.Before = seen.placed.Release.ID
	}
	if err := change.apply(ctx); err != nil {
		// Undoing must go on when the person who asked has gone.
		return change.undo(context.WithoutCancel(ctx), err, began)
	}
	if err := change.retire(ctx); err != nil {
		return Result{}, fmt.Errorf("release %s is placed, and the one before could not be removed: %w", release.ID.Short(), err)
	}
	if err := d.confirm(context.WithoutCancel(ctx), release); err != nil {
		return Result{}, err
	}
	change.result.Address, change.result.Took = address, d.Now().Sub(began)
	change.result.Traffic = d.trafficSince(ctx, release, seen.traffic)
	return change.result, nil
}

// confirm looks again. What lost its supervisor just now was healthy before, and is started again, once: that somebody killed it
// says nothing of the release.
func (d *Deployer) confirm(ctx context.Context, release gemba.Release) error {
	for again := false; ; again = true {
		after, err := d.observe(ctx, release)
		if err != nil {
			return err
		}
		if after.inPlace(release) {
			return nil
		}
		if again || after.placed == nil {
			return gemba.Fail(gemba.Internal, "the release was placed and yet is not what runs", after.difference(release), "gemba status")
		}
		if _, err := d.Keep(ctx, *after.placed); err != nil {
			return err
		}
	}
}

// change is the way from what was seen to a release.
type change struct {
	*Deployer
	release  gemba.Release
	seen     observed
	run      int64
	back     bool // to a release that was placed before
	fresh    []ID // started by this change
	removed  []ID // of the release before, stopped by this change
	switched bool
	result   Result
}

// apply goes the way as far as it can be gone back: first everything that can run beside what serves, then what has to take turns, then the
// switch.
func (c *change) apply(ctx context.Context) error {
	if err := c.sweep(ctx); err != nil {
		return err
	}
	beside, turns := c.byReplacement()
	if err := c.startAll(ctx, beside); err != nil {
		return err
	}
	for _, process := range turns {
		if err := c.stopProcess(ctx, process.Name); err != nil {
			return err
		}
		if err := c.startAll(ctx, []gemba.Process{process}); err != nil {
			return err
		}
	}
	if err := c.lead(ctx); err != nil {
		return err
	}
	if err := c.Store.Place(ctx, c.placement(), c.fact()); err != nil {
		return fmt.Errorf("recording what runs: %w", err)
	}
	return nil
}

// retire removes the release before, once what came with it has been answered. The new one is placed by now: what goes
// wrong here is no reason to go back.
func (c *change) retire(ctx context.Context) error {
	c.drain(ctx)
	return c.stopOthers(context.WithoutCancel(ctx))
}

// sweep removes what an earlier deploy that was cut short left behind: neither of what serves nor of what is wanted.
func (c *change) sweep(ctx context.Context) error {
	for _, i := range c.seen.instances {
		if i.Alive && (i.ID.of(c.release) || c.seen.serves(i.ID)) {
			continue
		}
		if err := c.Runtime.Stop(ctx, i.ID); err != nil {
			return fmt.Errorf("removing what an earlier deploy left: %w", err)
		}
	}
	return nil
}

// byReplacement splits the processes that are not running yet into those that start beside the old ones and those that take turns with them.
func (c *change) byReplacement() (beside, turns []gemba.Process) {
	for _, p := range c.release.Processes {
		switch {
		case !c.release.Runs(p), c.seen.running(c.release, p.Name):
		case p.Replace == gemba.StopFirst:
			turns = append(turns, p)
		default:
			beside = append(beside, p)
		}
	}
	return beside, turns
}

// startAll starts processes and waits until each is healthy.
func (c *change) startAll(ctx context.Context, processes []gemba.Process) error {
	var ids []ID
	for _, p := range processes {
		id := ID{Environment: c.release.Environment, Service: c.release.Service, Process: p.Name, Release: c.release.ID.Instance()}
		if p.Kind == gemba.Web {
			port, err := c.Runtime.Port(ctx)
			if err != nil {
				return err
			}
			id.Port = port
		}
		c.fresh, ids = append(c.fresh, id), append(ids, id) // before it is started: what fails to start may run all the same
		if err := c.startOne(ctx, c.release, p, id); err != nil {
			return err
		}
	}
	for i, p := range processes {
		c.say(ctx, "%s started, waiting until it is healthy", p.Name)
		if err := c.settled(ctx, p, ids[i]); err != nil {
			return err
		}
		c.say(ctx, "%s is healthy", p.Name)
		c.result.Started = append(c.result.Started, ids[i].String())
	}
	return nil
}

func (c *change) startOne(ctx context.Context, release gemba.Release, process gemba.Process, id ID) error {
	start, err := c.prepare(ctx, release, process, id)
	if err != nil {
		return err
	}
	if err := c.Runtime.Start(ctx, start); err != nil {
		return fmt.Errorf("starting %s: %w", process.Name, err)
	}
	return nil
}

// stopProcess stops the instances of other releases of a process that cannot run twice.
func (c *change) stopProcess(ctx context.Context, name string) error {
	for _, i := range c.seen.instances {
		if i.ID.Process != name || i.ID.of(c.release) {
			continue
		}
		c.say(ctx, "stopping %s of release %s", name, i.ID.Release[:min(7, len(i.ID.Release))])
		c.removed = append(c.removed, i.ID)
		if err := c.Runtime.Stop(ctx, i.ID); err != nil {
			return fmt.Errorf("stopping %s: %w", i.ID, err)
		}
	}
	return nil
}

// lead sends requests to the release from the next one on.
func (c *change) lead(ctx context.Context) error {
	target, ok, err := c.target(ctx, c.release, append(slices.Clone(c.fresh), c.seen.ids()...))
	if err != nil || !ok {
		return err
	}
	if err := c.route(ctx, c.release); err != nil {
		return err
	}
	if target == c.seen.target {
		return nil
	}
	c.switched = true
	if err := c.Router.Switch(ctx, routeName(c.release), target); err != nil {
		return fmt.Errorf("switching to the new release: %w", err)
	}
	c.say(ctx, "requests go to release %s", c.release.ID.Short())
	return nil
}

// drain waits until the requests under way with the release before are answered, as long as its processes may take to stop.
func (c *change) drain(ctx context.Context) {
	before := c.seen.target.Release
	if !c.switched || before == "" || before == c.release.ID {
		return
	}
	deadline := c.Now().Add(c.longestStop())
	for tick := c.tick(); ctx.Err() == nil && c.Now().Before(deadline); tick.wait(ctx) {
		left, err := c.Router.InFlight(ctx, routeName(c.release), before)
		if err != nil || left == 0 {
			return
		}
	}
}

func (c *change) longestStop() time.Duration {
	longest := time.Duration(0)
	for _, p := range c.release.Processes {
		longest = max(longest, duration(p.StopTimeout))
	}
	return longest
}

// stopOthers stops everything that is not of the release.
func (c *change) stopOthers(ctx context.Context) error {
	instances, err := c.Runtime.Instances(ctx, c.release.Environment, c.release.Service)
	if err != nil {
		return err
	}
	for _, i := range instances {
		if i.ID.of(c.release) {
			continue
		}
		if err := c.Runtime.Stop(ctx, i.ID); err != nil {
			return fmt.Errorf("stopping %s: %w", i.ID, err)
		}
		c.result.Stopped = append(c.result.Stopped, i.ID.String())
	}
	return nil
}

// undo removes what the change has started and brings back what it has stopped.
func (c *change) undo(ctx context.Context, cause error, began time.Time) (Result, error) {
	failed := c.Now()
	if c.seen.placed == nil || c.seen.placed.Stopped {
		c.seen.target = Target{} // nothing served before
	}
	var problems []error
	if c.switched {
		problems = append(problems, c.Router.Switch(ctx, routeName(c.release), c.seen.target))
	}
	for _, id := range c.fresh {
		if err := c.Runtime.Stop(ctx, id); err != nil {
			problems = append(problems, err)
			c.removed = slices.DeleteFunc(c.removed, func(old ID) bool { return old.Process == id.Process }) // never two of one that takes turns
		}
	}
	to := gemba.ReleaseID("")
	if c.seen.placed != nil && !c.seen.placed.Stopped {
		to = c.seen.placed.Release.ID
		problems = append(problems, c.startAgain(ctx, c.seen.placed.Release))
	}
	if err := errors.Join(problems...); err != nil {
		return Result{}, fmt.Errorf("%w; and what served before could not be brought back: %w", cause, err)
	}
	u, ok := asUnhealthy(cause)
	if !ok {
		return Result{}, cause
	}
	c.say(ctx, "%s: %s; removed it", u.Process, u.Reason)
	return Result{
		Traffic: c.trafficSince(ctx, c.release, c.seen.traffic), Took: c.Now().Sub(began),
		PutBack: &PutBack{Process: u.Process, Reason: u.Reason, Log: u.Log, To: to, Served: !c.switched && len(c.removed) == 0, Took: gemba.Duration(c.Now().Sub(failed))},
	}, nil
}

// startAgain starts what this change has stopped of the release that served before.
func (c *change) startAgain(ctx context.Context, before gemba.Release) error {
	for _, id := range c.removed {
		i := slices.IndexFunc(before.Processes, func(p gemba.Process) bool { return p.Name == id.Process })
		if i < 0 || !id.of(before) {
			continue
		}
		if err := c.startOne(ctx, before, before.Processes[i], id); err != nil {
			return err
		}
		if err := c.settled(ctx, before.Processes[i], id); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) placement() Placement {
	placed := Placement{Environment: c.release.Environment, Service: c.release.Service, Release: c.release, Run: c.run, Back: c.back, Since: c.Now().UTC(), Tasks: map[string]Placed{}}
	for _, id := range append(c.seen.ids(), c.fresh...) {
		if id.of(c.release) {
			placed.Tasks[id.Process] = Placed{Supervisor: id.String(), Port: id.Port}
		}
	}
	return placed
}

func (d *Deployer) say(ctx context.Context, format string, args ...any) {
	if d.Say != nil {
		d.Say(ctx, fmt.Sprintf(format, args...))
	}
}
