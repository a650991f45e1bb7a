package packages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gemba/internal/resource"
)

// apply makes one package what is declared of it.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	return together(ctx, sys, []declared{d}, []observed{o})[0]
}

// together changes several packages in one transaction: apt sees all wishes at once, and its lock is taken once.
func together(ctx context.Context, sys resource.System, all []declared, states []observed) []error {
	w := &work{System: sys, all: all, states: states, errs: make([]error, len(all))}
	await(ctx, sys)
	repaired := w.repair(ctx)
	w.letGo(ctx)
	changed := w.transact(ctx)
	w.clean(ctx)
	w.hold(ctx)
	if repaired == nil && changed && !slices.ContainsFunc(w.errs, func(err error) bool { return err != nil }) {
		return w.errs
	}
	w.blame(ctx, repaired)
	return w.errs
}

// work is one changing of packages.
type work struct {
	resource.System
	all    []declared
	states []observed
	errs   []error // one for each
}

// names are those of the packages that something holds of.
func (w *work) names(of func(d declared, o observed) bool) []string {
	var names []string
	for i, d := range w.all {
		if of(d, w.states[i]) {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	return names
}

// run runs a command for the packages of these names, who all fail when it does.
func (w *work) run(ctx context.Context, c resource.Command, names []string) {
	if len(names) == 0 {
		return
	}
	if out, err := w.Run(ctx, c); err != nil {
		for i, d := range w.all {
			if w.errs[i] == nil && slices.Contains(names, d.Name) {
				w.errs[i] = explain(out, err)
			}
		}
	}
}

// repair completes what was cut short earlier. What cannot be may still be put right by the transaction.
func (w *work) repair(ctx context.Context) error {
	left, err := w.ReadDir("/var/lib/dpkg/updates")
	cut := err == nil && len(left) > 0
	for _, o := range w.states {
		cut = cut || o.there() && !o.good()
	}
	if !cut {
		return nil
	}
	if out, err := w.Run(ctx, configure()); err != nil {
		return explain(out, err)
	}
	return nil
}

// letGo takes the hold off those that are held by declaration and change nevertheless, and off those that are not to be held.
func (w *work) letGo(ctx context.Context) {
	names := w.names(func(d declared, o observed) bool {
		return d.Hold != nil && o.Held && (!*d.Hold || transacts(d, o))
	})
	w.run(ctx, mark("unhold", names), names)
}

// hold holds those that are to be held, whatever became of their versions.
func (w *work) hold(ctx context.Context) {
	names := w.names(func(d declared, o observed) bool {
		return d.Hold != nil && *d.Hold && (!o.Held || transacts(d, o))
	})
	w.run(ctx, mark("hold", names), names)
}

// clean removes the configuration files of those that were removed, now or earlier.
func (w *work) clean(ctx context.Context) {
	names := w.names(func(d declared, o observed) bool { return d.Purge && o.State != "" })
	w.run(ctx, purge(names), names)
}

// transact installs, changes and removes what differs. It reports whether everything was done.
func (w *work) transact(ctx context.Context) bool {
	updated, good := false, true
	for _, recommends := range []bool{false, true} {
		var left []declared
		installs := false
		for i, d := range w.all {
			if d.Recommends == recommends && transacts(d, w.states[i]) {
				left, installs = append(left, d), installs || !d.Absent
			}
		}
		if len(left) == 0 {
			continue
		}
		if installs && !updated {
			updated = w.freshen(ctx, left)
		}
		if err := w.attempt(ctx, left, &updated); err != nil {
			good = false
			w.fail(left, err)
		}
	}
	return good
}

// attempt makes one transaction. Those that apt does not know are looked for in new lists, and keep the others from nothing.
func (w *work) attempt(ctx context.Context, left []declared, updated *bool) error {
	for len(left) > 0 {
		out, err := w.Run(ctx, joint(false, left))
		if err == nil {
			return nil
		}
		var exit *resource.ExitError
		if !errors.As(err, &exit) {
			return err
		}
		missing := unknown(string(exit.Stderr), left)
		switch {
		case len(missing) == 0 && len(left) > 1 && refused(string(exit.Stderr)):
			return w.apart(ctx, left, updated)
		case len(missing) == 0:
			return explain(out, err)
		}
		if !*updated {
			*updated = true
			if err := w.update(ctx); err != nil {
				return err
			}
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(missing)) {
			w.fail([]declared{{Name: name}}, fmt.Errorf("%s: %s", name, explainMissing(ctx, w, name, missing[name])))
		}
		left = slices.DeleteFunc(slices.Clone(left), func(d declared) bool { return missing[d.Name] != "" })
	}
	return nil
}

// apart changes one package after the other, so that one that apt refuses to change keeps the others from nothing.
func (w *work) apart(ctx context.Context, all []declared, updated *bool) error {
	for _, d := range all {
		if err := w.attempt(ctx, []declared{d}, updated); err != nil {
			w.fail([]declared{d}, err)
		}
	}
	return nil
}

// fail notes an error of packages that have none yet.
func (w *work) fail(of []declared, err error) {
	for i, d := range w.all {
		if w.errs[i] == nil && slices.ContainsFunc(of, func(other declared) bool { return other.Name == d.Name }) {
			w.errs[i] = err
		}
	}
}

// freshen updates the lists when they are old. A repository that does not answer keeps nobody from a package that another one has, but
// those that follow the latest are told.
func (w *work) freshen(ctx context.Context, all []declared) bool {
	l, err := lookAtLists(w)
	if err != nil || !l.stale {
		return false
	}
	if err := w.update(ctx); err != nil {
		w.fail(slices.DeleteFunc(slices.Clone(all), func(d declared) bool { return d.Version != latest }), err)
		return false
	}
	return true
}

func (w *work) update(ctx context.Context) error {
	out, err := w.Run(ctx, update())
	if err != nil {
		return fmt.Errorf("updating the lists of packages: %w", explain(out, err))
	}
	// The stamp only saves the next update: a host without the directory has none.
	_ = w.Write(stamp, bytes.NewReader(nil), resource.Meta{Mode: 0o644})
	return nil
}

// blame takes errors off those that are as declared in spite of them: a transaction fails as a whole, its packages do not.
func (w *work) blame(ctx context.Context, repaired error) {
	w.Cache().Clear()
	for i, d := range w.all {
		o, err := look(ctx, w, d)
		switch {
		case err != nil:
			w.errs[i] = err
		case diff(d, o).None():
			w.errs[i] = nil
		case w.errs[i] == nil:
			w.errs[i] = repaired
		}
	}
}
