package app

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/converge"
	"gemba/internal/human"
	"gemba/internal/patch"
	"gemba/internal/wire"
)

const (
	comesBackIn = 10 * time.Minute // a host that reboots, unless somebody says otherwise
	wellWithin  = 90 * time.Second // until what ran before runs again
	lookAgain   = time.Second      // while something is waited for
)

// Patch looks at what waits to be updated on the hosts of an environment, and updates and reboots them, batch after batch. It stops with
// the batch in which a host does not come back or is not well.
func (a *App) Patch(ctx context.Context, actor string, ask contract.Patch, send func(gemba.HostFrame) error) error {
	work, err := a.hostWork(ctx, actor, contract.Converge{Dir: ask.Dir, Revision: ask.Revision, Variables: ask.Variables, Environment: ask.Environment, Hosts: ask.Hosts, Agent: ask.Agent}, nil)
	if err != nil {
		return err
	}
	defer work.files.close()
	work.out = &frames{send: send}
	p := &patching{hostWork: work, ask: ask}
	size, err := patch.Batch(ask.Batch, len(work.plan.Targets))
	if err != nil {
		return err
	}
	if _, err := patch.Reboots(ask.Reboot, ""); err != nil {
		return err
	}
	opening := work.plan
	p.out.say(gemba.HostFrame{Fleet: &opening})
	if ask.Look {
		p.each(work.plan.Targets, func(target gemba.Target) gemba.Patched { return p.look(ctx, target) })
	} else {
		p.batches(ctx, size)
	}
	p.out.say(gemba.HostFrame{Fleet: &work.plan})
	return p.out.err
}

// patching is one patching of several hosts.
type patching struct {
	*hostWork
	ask contract.Patch
}

// each does the same for hosts at the same time, and reports whether all are well.
func (p *patching) each(targets []gemba.Target, do func(gemba.Target) gemba.Patched) bool {
	well := make([]bool, len(targets))
	var together errgroup.Group
	together.SetLimit(hostsAtOnce)
	for i, target := range targets {
		together.Go(func() error {
			patched := do(target)
			well[i] = patched.Good()
			p.out.say(gemba.HostFrame{Host: target.Host.Name, Patched: &patched})
			return nil
		})
	}
	_ = together.Wait()
	for _, good := range well {
		if !good {
			return false
		}
	}
	return true
}

func (p *patching) batches(ctx context.Context, size int) {
	targets := p.plan.Targets
	for len(targets) > 0 && ctx.Err() == nil {
		batch := targets[:min(size, len(targets))]
		targets = targets[len(batch):]
		if !p.each(batch, func(target gemba.Target) gemba.Patched { return p.patch(ctx, target) }) {
			return
		}
	}
}

// look says what waits on a host.
func (p *patching) look(ctx context.Context, target gemba.Target) gemba.Patched {
	var patched gemba.Patched
	link, err := p.ways.dial(ctx, target.Host)
	if err == nil {
		defer link.Close()
		patched.Pending, err = p.pending(ctx, link, target)
	}
	if err != nil {
		patched.Error = told(err)
	}
	return patched
}

// patch updates one host, starts it anew where that is to be, and looks whether it is well.
func (p *patching) patch(ctx context.Context, target gemba.Target) gemba.Patched {
	var patched gemba.Patched
	link, err := p.ways.dial(ctx, target.Host)
	if err != nil {
		patched.Error = told(err)
		return patched
	}
	defer func() { _ = link.Close() }()
	one := &patchedHost{patching: p, target: target, link: link, patched: &patched}
	if err := one.all(ctx); err != nil {
		patched.Error = told(err)
	}
	link = one.link
	return patched
}

// patchedHost is the patching of one host.
type patchedHost struct {
	*patching
	target  gemba.Target
	link    converge.Link // another one after a reboot
	patched *gemba.Patched
	before  wire.Health
}

func (h *patchedHost) all(ctx context.Context) error {
	pending, err := h.pending(ctx, h.link, h.target)
	if err != nil {
		return err
	}
	h.patched.Pending = pending
	chosen := pending.Chosen(h.ask.All)
	why, _ := patch.Reboots(h.ask.Reboot, pending.Reboot) // it was read before
	if len(chosen) == 0 && why == "" {
		return nil
	}
	if h.before, err = h.health(ctx); err != nil {
		return err
	}
	if len(chosen) > 0 {
		if err := h.upgrade(ctx, chosen); err != nil {
			return err
		}
		why, _ = patch.Reboots(h.ask.Reboot, h.patched.Pending.Reboot)
	}
	if why != "" {
		if err := h.reboot(ctx, why); err != nil {
			return err
		}
	}
	return h.recover(ctx)
}

func (h *patchedHost) doing(format string, args ...any) {
	h.out.say(gemba.HostFrame{Host: h.target.Host.Name, Doing: fmt.Sprintf(format, args...)})
}

func (h *patchedHost) upgrade(ctx context.Context, chosen []gemba.Upgrade) error {
	h.doing("updating %s", human.Plural(int64(len(chosen)), "package", "packages"))
	answer, err := h.act(ctx, h.link, h.target, wire.Patch{Act: wire.PatchUpgrade, Upgrades: chosen})
	if err != nil {
		h.patched.Log = answer.Log
		return err
	}
	h.patched.Upgraded = chosen
	if h.patched.Pending, err = h.pending(ctx, h.link, h.target); err != nil {
		return err
	}
	left := h.patched.Pending.Chosen(h.ask.All)
	h.tell(ctx, "host.patched", map[string]any{"upgraded": chosen, "left": left, "reason": h.ask.Reason})
	return nil
}

// reboot starts the host anew and waits until it answers with another start.
func (h *patchedHost) reboot(ctx context.Context, why string) error {
	if h.target.Host.Kind == gemba.HostLocal {
		h.doing("has to be rebooted by hand, because the server runs on it: %s", why)
		return nil
	}
	h.doing("rebooting: %s", why)
	began := time.Now()
	answer, err := h.act(ctx, h.link, h.target, wire.Patch{Act: wire.PatchReboot})
	if err != nil && answer.Done { // an answer that does not come was overtaken by the reboot
		return err
	}
	_ = h.link.Close()
	h.patched.Rebooted = why
	within := h.within()
	if err := h.awaitStart(ctx, within); err != nil {
		h.tell(ctx, "host.rebooted", map[string]any{"why": why, "error": err.Error(), "reason": h.ask.Reason})
		return err
	}
	h.patched.Away = gemba.Duration(time.Since(began))
	h.tell(ctx, "host.rebooted", map[string]any{"why": why, "seconds": time.Since(began).Seconds(), "reason": h.ask.Reason})
	return nil
}

func (h *patchedHost) within() time.Duration {
	if h.ask.Within > 0 {
		return time.Duration(h.ask.Within) * time.Second
	}
	return comesBackIn
}

func (h *patchedHost) awaitStart(ctx context.Context, within time.Duration) error {
	var last error
	for until := time.Now().Add(within); time.Now().Before(until); {
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
		now, err := h.answers(ctx)
		if err == nil && now != h.before.Boot {
			return nil
		}
		last = err
	}
	why := "it answers, and has not been started anew"
	if last != nil {
		why = last.Error()
	}
	return gemba.Fail(gemba.Unavailable, "it did not come back within "+human.Duration(within), why, "look at its console")
}

// answers makes a new link and asks which start this is.
func (h *patchedHost) answers(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, oneAttempt)
	defer cancel()
	link, err := h.ways.dial(ctx, h.target.Host)
	if err != nil {
		return "", err
	}
	_ = h.link.Close()
	h.link = link
	now, err := h.health(ctx)
	return now.Boot, err
}

// recover waits until what ran before runs again, and holds that nothing more has failed.
func (h *patchedHost) recover(ctx context.Context) error {
	for until := time.Now().Add(min(wellWithin, h.within())); ; {
		now, err := h.health(ctx)
		if err != nil {
			return err
		}
		h.patched.Gone, h.patched.Failed = patch.Missing(h.before.Running, now.Running), patch.Missing(now.Failed, h.before.Failed)
		if !now.Starting && len(h.patched.Gone)+len(h.patched.Failed) == 0 {
			break
		}
		if time.Now().After(until) {
			return nil // what is not well is said
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if h.patched.Rebooted == "" {
		return nil
	}
	var err error
	h.patched.Pending, err = h.pending(ctx, h.link, h.target)
	return err
}

func (h *patchedHost) health(ctx context.Context) (wire.Health, error) {
	answer, err := h.act(ctx, h.link, h.target, wire.Patch{Act: wire.PatchHealth})
	if err != nil || answer.Health == nil {
		return wire.Health{}, err
	}
	return *answer.Health, nil
}
