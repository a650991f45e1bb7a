package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/converge"
	"gemba/internal/resource/kinds"
	"gemba/internal/wire"
)

// hostsAtOnce bounds how many hosts are worked on at the same time.
const hostsAtOnce = 32

// Converge looks at hosts and compares them with what a commit declares; with Apply it brings them there. Each thing that
// happens is sent as it happens; the last frame is the whole plan.
func (a *App) Converge(ctx context.Context, actor string, ask contract.Converge, send func(gemba.HostFrame) error) error {
	return a.convergeIn(ctx, actor, ask, nil, send)
}

// convergeIn is Converge with the environments, their groups and hosts, of another declaration than the commit's.
func (a *App) convergeIn(ctx context.Context, actor string, ask contract.Converge, environments []gemba.Environment, send func(gemba.HostFrame) error) error {
	work, err := a.hostWork(ctx, actor, ask, environments)
	if err != nil {
		return err
	}
	defer work.files.close()
	work.out = &frames{send: send}
	opening := work.plan
	work.out.say(gemba.HostFrame{Fleet: &opening})
	var together errgroup.Group
	together.SetLimit(hostsAtOnce)
	for i, target := range work.plan.Targets {
		together.Go(func() error {
			work.results[i] = work.host(ctx, target, &work.observed[i])
			return nil
		})
	}
	_ = together.Wait() // what became of each host is in its result
	return work.finish(ctx)
}

// hostWork is one plan or apply of several hosts.
type hostWork struct {
	*App
	ask      contract.Converge
	actor    string
	found    found
	declared *gemba.Declaration
	secrets  *vaultOf
	schemas  map[string]gemba.Schema
	key      []byte
	plan     gemba.FleetPlan
	saved    *gemba.FleetPlan // that is applied; nil: whatever differs is put right
	out      *frames
	ways     *ways
	files    *spool

	observed []gemba.HostPlan
	results  []gemba.HostResult
}

// hostWork finds what is declared of which hosts.
func (a *App) hostWork(ctx context.Context, actor string, ask contract.Converge, environments []gemba.Environment) (*hostWork, error) {
	w := &hostWork{App: a, ask: ask, actor: actor, ways: a.waysFor(ask.Agent)}
	if ask.Plan != 0 {
		saved, err := a.store.FleetPlan(ctx, ask.Plan)
		if err != nil {
			return nil, err
		}
		w.saved = &saved
		w.ask.Dir, w.ask.Revision, w.ask.Variables = saved.Dir, saved.Commit.Hash, saved.Variables
	}
	var err error
	if w.found, err = a.find(ctx, w.ask.Dir, w.ask.Revision, w.ask.Variables); err != nil {
		return nil, err
	}
	w.declared = w.found.declared
	if environments != nil {
		w.declared.Environments = environments
	}
	if ask.Apply { // what is applied first is accepted, as what is shipped first is
		if _, err := a.own(ctx, actor, w.found, w.ask.Variables); err != nil {
			return nil, err
		}
	}
	if err = w.prepare(ctx); err != nil {
		return nil, err
	}
	left, err := w.found.repository.Uncommitted(ctx)
	if err != nil {
		return nil, err
	}
	w.plan = gemba.FleetPlan{Dir: w.ask.Dir, Commit: w.found.commit, Variables: w.ask.Variables, Actor: actor, Created: a.now().UTC(), LeftOut: left}
	w.plan.Targets, err = w.targets()
	if err == nil {
		err = w.exception()
	}
	w.observed, w.results = make([]gemba.HostPlan, len(w.plan.Targets)), make([]gemba.HostResult, len(w.plan.Targets))
	return w, err
}

// prepare fills in what every host of a commit is worked on with.
func (w *hostWork) prepare(ctx context.Context) error {
	w.files = newSpool(w.paths.state, func(ctx context.Context, path string, to io.Writer) error {
		return w.found.repository.CopyFile(ctx, w.found.commit.Hash, path, to)
	})
	w.secrets = w.App.secrets.of(placed(w.declared.Secrets, w.found.scope()))
	w.schemas = map[string]gemba.Schema{}
	for _, s := range kinds.Schemas() {
		w.schemas[s.Kind] = s
	}
	var err error
	w.key, err = w.keyNamed(ctx, "converge.key")
	return err
}

// targets are the hosts that are meant: those of the saved plan, or all that are declared and asked for.
func (w *hostWork) targets() ([]gemba.Target, error) {
	if w.saved != nil {
		return w.saved.Targets, nil
	}
	var all []gemba.Target
	var names []string
	for _, e := range w.declared.Environments {
		for _, g := range e.Groups {
			for _, h := range g.Hosts {
				names = append(names, h.Name)
				if g.Profile != "" && (w.ask.Environment == "" || w.ask.Environment == e.Name) && (len(w.ask.Hosts) == 0 || slices.Contains(w.ask.Hosts, h.Name)) {
					all = append(all, gemba.Target{Environment: e.Name, Group: g.Name, Host: h, Profile: g.Profile})
				}
			}
		}
	}
	for _, asked := range w.ask.Hosts {
		if !slices.Contains(names, asked) {
			return nil, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no host %q in an environment", asked), "there are "+strings.Join(names, ", "), "")
		}
	}
	if len(all) == 0 {
		return nil, gemba.Fail(gemba.NotFound, "no host is declared there", "commit "+w.found.commit.Short()+" has no environment with a group of hosts and a profile", "declare  host, profile  and a group in an environment: docs/guide/servers.md")
	}
	return all, nil
}

// exception wants a reason for a change of hosts that should have been proved on those of a copy.
func (w *hostWork) exception() error {
	if !w.ask.Apply || strings.TrimSpace(w.ask.Reason) != "" {
		return nil
	}
	for _, target := range w.plan.Targets {
		if converge.Exception(w.declared.Environments, target.Environment) {
			return gemba.Fail(gemba.Invalid, "to apply straight to "+target.Environment+" is the exception, and needs a reason",
				"it has a copy with hosts, on which changes are proved first", "gemba ship, which goes that way; or  gemba apply --reason \"why\"")
		}
	}
	return nil
}

// host works on one host. What keeps it from that is in the result and in what was observed.
func (w *hostWork) host(ctx context.Context, target gemba.Target, observed *gemba.HostPlan) gemba.HostResult {
	*observed = gemba.HostPlan{Host: target.Host.Name, Profile: target.Profile}
	result, err := gemba.HostResult{}, w.unplanned(target)
	if err == nil {
		result, err = w.converge(ctx, target, observed)
	}
	if err != nil {
		result.Error = told(err)
	}
	if result.Error != "" && observed.Observed.IsZero() {
		observed.Error = result.Error
		w.out.say(gemba.HostFrame{Host: target.Host.Name, Plan: observed})
	}
	w.keep(ctx, target, *observed, result)
	w.out.say(gemba.HostFrame{Host: target.Host.Name, Result: &result})
	return result
}

func (w *hostWork) converge(ctx context.Context, target gemba.Target, observed *gemba.HostPlan) (gemba.HostResult, error) {
	profile, ok := w.declared.Profile(target.Profile)
	if !ok {
		return gemba.HostResult{}, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no profile %q", target.Profile), "", "gemba check")
	}
	link, err := w.ways.dial(ctx, target.Host)
	if err != nil {
		return gemba.HostResult{}, err
	}
	defer link.Close()
	bodies := &hostBodies{files: w.files}
	items, err := w.items(ctx, link, target.Host, profile, &bodies.texts)
	if err != nil {
		return gemba.HostResult{}, err
	}
	session, err := link.Worker(ctx, "converge")
	if err != nil {
		return gemba.HostResult{}, err
	}
	order := wire.Order{
		Version: wire.ConvergeVersion, Host: target.Host.Name, Profile: profile.Name, Holder: w.actor + " from " + w.options.State,
		Run: w.runName(), Apply: w.ask.Apply, Key: w.key, Items: items, Bound: w.bound(target), Guard: w.guardSeconds(), User: target.Host.User,
	}
	var guard *wire.Guard
	made := map[string]gemba.Applied{}
	result, err := converge.Deliver(ctx, session, order, bodies, func(news wire.News) {
		if news.Applied != nil {
			made[news.Applied.Change.Resource] = *news.Applied
		}
		if news.Plan != nil {
			*observed = *news.Plan
		}
		if news.Guard != nil {
			guard = news.Guard
		}
		if news.Undone != nil {
			w.undone(ctx, w.actor, target, 0, *news.Undone)
			w.out.say(gemba.HostFrame{Host: target.Host.Name, Undone: news.Undone})
		}
		if news.Plan != nil || news.Waits != "" || news.Began != "" || news.Applied != nil {
			w.out.say(gemba.HostFrame{Host: target.Host.Name, Waits: news.Waits, Plan: news.Plan, Began: news.Began, Applied: news.Applied})
		}
	})
	if err != nil {
		result = counted(made)
	}
	if guard != nil {
		_ = link.Close() // only a new connection shows that there is a way in
		return w.settle(ctx, target, *guard, result, err)
	}
	return result, err
}

// runName is how hosts call this apply: by the saved plan, by which people ask for it to be undone.
func (w *hostWork) runName() string {
	if w.saved != nil {
		return runName(*w.saved)
	}
	return runName(w.plan)
}

func runName(plan gemba.FleetPlan) string {
	return plan.Created.UTC().Format("20060102T150405.000000") + "-" + plan.Commit.Short()
}

// bound is what a saved plan was made for on a host; nil where none is applied.
func (w *hostWork) bound(target gemba.Target) map[string]string {
	if w.saved == nil {
		return nil
	}
	bound := map[string]string{}
	for _, h := range w.saved.Hosts {
		if h.Host != target.Host.Name {
			continue
		}
		for _, c := range h.Changes {
			if c.May == "" {
				bound[c.Resource] = c.State
			}
		}
	}
	return bound
}

// unplanned refuses a host that could not be looked at when the plan was made: nobody has seen what would be done to it.
func (w *hostWork) unplanned(target gemba.Target) error {
	if w.saved == nil {
		return nil
	}
	for _, h := range w.saved.Hosts {
		if h.Host == target.Host.Name && h.Error != "" {
			return gemba.Fail(gemba.Unavailable, "it could not be observed when the plan was made", h.Error, "")
		}
	}
	return nil
}

// items renders the profile for one host.
func (w *hostWork) items(ctx context.Context, link converge.Link, host gemba.Host, profile gemba.Profile, texts *converge.Texts) ([]wire.Item, error) {
	open := func(name string) ([]byte, error) {
		return w.found.repository.ReadFile(ctx, w.found.commit.Hash, name)
	}
	renderer := converge.Renderer{
		Schemas: w.schemas, Open: open, Host: host, Bodies: texts,
		Source: func(name string) (gemba.Body, error) { return w.files.source(ctx, name) },
		Secret: func(name string) (gemba.Secret, error) {
			found, err := w.secrets.find(ctx, name)
			return found.Value, err
		},
	}
	if converge.NeedsFacts(profile.Resources, w.schemas, open) {
		facts, err := converge.Facts(ctx, link)
		if err != nil {
			return nil, err
		}
		renderer.Facts = facts
	}
	return renderer.Items(profile.Resources)
}

// finish saves the plan and says it whole.
func (w *hostWork) finish(ctx context.Context) error {
	w.plan.Hosts = w.observed
	if !w.ask.Apply && !w.ask.Drift {
		saved, err := w.store.KeepPlan(context.WithoutCancel(ctx), w.plan)
		if err != nil {
			return err
		}
		w.plan = saved
	}
	w.out.say(gemba.HostFrame{Fleet: &w.plan})
	return w.out.err
}

// frames sends one at a time.
type frames struct {
	mu   sync.Mutex
	send func(gemba.HostFrame) error
	err  error
}

func (f *frames) say(frame gemba.HostFrame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = f.send(frame)
	}
}

// Hosts returns what is known of every host.
func (a *App) Hosts(ctx context.Context) ([]gemba.HostState, error) { return a.store.Hosts(ctx) }
