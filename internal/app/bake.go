package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/converge"
	"gemba/internal/driver/rootfs"
	"gemba/internal/resource/kinds"
	"gemba/internal/wire"
)

// Bake makes a root filesystem of a base and a profile, by the same worker that converges hosts. Each thing that happens is sent
// as it happens; the last frame carries the image.
func (a *App) Bake(ctx context.Context, actor string, ask contract.Bake, send func(gemba.BakeFrame) error) error {
	if !a.baking.TryLock() {
		return gemba.Fail(gemba.Conflict, "another image is being baked", "this server bakes one at a time", "wait until it is done")
	}
	defer a.baking.Unlock()
	b, err := a.bakery(ctx, actor, ask, send)
	if err != nil {
		return err
	}
	defer b.clear()
	if err := b.open(ctx); err != nil {
		return err
	}
	if err := b.converge(ctx); err != nil {
		return err
	}
	if err := b.look(ctx); err != nil {
		return err
	}
	if err := b.seal(ctx); err != nil {
		return err
	}
	a.record(ctx, gemba.Event{Actor: actor, Kind: "profile.baked", Subject: "profile/" + ask.Profile}, map[string]any{
		"commit": b.image.Commit.Hash, "base": b.image.Base, "digest": b.image.Digest, "size": b.image.Size, "file": b.image.File,
		"name": b.image.Name, "artifact": b.image.Artifact, "packages": b.image.Packages, "residue": b.image.Residue,
	})
	return b.send(gemba.BakeFrame{Image: &b.image})
}

// bakery is the baking of one image.
type bakery struct {
	*App
	ask    contract.Bake
	send   func(gemba.BakeFrame) error
	hosts  *hostWork // with one host: the root filesystem
	target gemba.Target
	lock   converge.Lock
	link   *rootfs.Link
	image  gemba.Image
}

// bakery finds what is declared.
func (a *App) bakery(ctx context.Context, actor string, ask contract.Bake, send func(gemba.BakeFrame) error) (*bakery, error) {
	var one sync.Mutex // what takes long says so beside what is done
	told := send
	send = func(f gemba.BakeFrame) error {
		one.Lock()
		defer one.Unlock()
		return told(f)
	}
	b := &bakery{App: a, ask: ask, send: send}
	work := filepath.Join(a.paths.state, "bake")
	w := &hostWork{
		App: a, actor: actor, schemas: map[string]gemba.Schema{}, ways: a.waysFor(""),
		ask: contract.Converge{Dir: ask.Dir, Revision: ask.Revision, Variables: ask.Variables},
		out: &frames{send: func(f gemba.HostFrame) error { return send(gemba.BakeFrame{Work: &f}) }},
	}
	var err error
	if w.found, err = a.find(ctx, ask.Dir, ask.Revision, ask.Variables); err != nil {
		return nil, err
	}
	w.declared = w.found.declared
	if _, ok := w.declared.Profile(ask.Profile); !ok {
		var names []string
		for _, p := range w.declared.Profiles {
			names = append(names, p.Name)
		}
		return nil, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no profile %q", ask.Profile), "commit "+w.found.commit.Short()+" declares "+or(strings.Join(names, ", "), "none"), "gemba check")
	}
	w.secrets = a.secrets.of(placed(w.declared.Secrets, w.found.scope()))
	for _, s := range kinds.Schemas() {
		w.schemas[s.Kind] = s
	}
	if w.key, err = a.keyNamed(ctx, "converge.key"); err != nil {
		return nil, err
	}
	w.plan = gemba.FleetPlan{Dir: ask.Dir, Commit: w.found.commit, Variables: ask.Variables, Actor: actor, Created: a.now().UTC()}
	b.hosts = w
	b.target = gemba.Target{Host: gemba.Host{Name: ask.Profile, Kind: gemba.HostRootFS, Address: work}, Profile: ask.Profile}
	b.image = gemba.Image{Profile: ask.Profile, Commit: w.found.commit, Base: ask.Base, File: ask.File, Name: ask.Name}
	if ask.Update {
		return b, nil
	}
	b.lock, err = converge.ParseLock(ask.Lock)
	return b, err
}

func (b *bakery) says(text string) { _ = b.send(gemba.BakeFrame{Says: text}) } // who does not listen any more is seen by its context

// open makes the root filesystem: the base, with nothing changed yet.
func (b *bakery) open(ctx context.Context) error {
	if err := rootfs.Allowed(); err != nil {
		return err
	}
	b.clear() // what a server that was killed has left
	root := wire.RootFS{Work: b.target.Host.Address, Aside: rootfs.Aside(b.lock, b.options.Getenv)}
	var err error
	bases := rootfs.Bases{Dir: b.cacheOf("bases"), Says: b.says}
	if root.Base, err = bases.Find(ctx, b.ask.Base, b.ask.Update); err != nil {
		return err
	}
	b.link, err = rootfs.Open(b.options.Programs.Worker, root)
	return err
}

// clear takes the root filesystem away. What was mounted in it went with the worker.
func (b *bakery) clear() {
	if err := os.RemoveAll(b.target.Host.Address); err != nil {
		b.log.Warn("what was baked in could not be removed", "error", err)
	}
}

// converge brings the root filesystem to what is declared.
func (b *bakery) converge(ctx context.Context) error {
	b.says(fmt.Sprintf("baking %s of commit %s over %s", b.ask.Profile, b.image.Commit.Short(), b.ask.Base))
	var observed gemba.HostPlan
	b.hosts.ask.Apply = true
	result, err := b.hosts.converge(ctx, b.target, &observed)
	if err != nil {
		return err
	}
	b.hosts.out.say(gemba.HostFrame{Host: b.target.Host.Name, Result: &result})
	if !result.Good() {
		return gemba.Fail(gemba.Invalid, "no image was made: "+or(result.Error, "a resource is not as declared"), fmt.Sprintf("%d failed, %d were not reached", result.Failed, len(result.Left)), "put right what failed, and bake again")
	}
	b.image.Residue = result.Residue
	return nil
}

// look observes once more, as a host made of the image will be: what would still change is no image of the profile.
func (b *bakery) look(ctx context.Context) error {
	var observed gemba.HostPlan
	b.hosts.ask.Apply = false
	b.hosts.out = &frames{send: func(gemba.HostFrame) error { return nil }}
	if _, err := b.hosts.converge(ctx, b.target, &observed); err != nil {
		return err
	}
	var differ []string
	for _, c := range observed.Changes {
		if c.May == "" {
			differ = append(differ, c.Resource)
		}
	}
	if len(differ) > 0 {
		return gemba.Fail(gemba.Invalid, "no image was made: "+strings.Join(differ, ", ")+" would change again", "what is declared contradicts itself, or a command undoes what another resource does", "gemba plan on a host that was converged shows the same")
	}
	return nil
}
