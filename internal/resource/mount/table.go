package mount

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

const table = "/etc/fstab"

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	var err error
	if o.Text, err = resource.ReadText(sys, table); err != nil {
		return o, err
	}
	for _, line := range resource.SplitLines(o.Text.Content).All {
		if m, is := resource.ParseMount(line); is && m.Path == d.Name {
			o.Line = &m
		}
	}
	if o.Live = sys.Live(); !o.Live {
		return o, nil
	}
	mounts, err := sys.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return o, fmt.Errorf("reading what is mounted: %w", err)
	}
	for line := range strings.Lines(string(mounts)) {
		const place = 4 // proc(5): the mount point
		if fields := strings.Fields(line); len(fields) > place && resource.DecodeMount(fields[place]) == d.Name {
			o.Mounted = true
		}
	}
	return o, nil
}

// edited is the table with the line as declared, in the place of the last one for the path; others for it are taken out.
func edited(d declared, content string) string {
	l := resource.SplitLines(content)
	done := d.Absent
	for i := len(l.All) - 1; i >= 0; i-- {
		m, is := resource.ParseMount(l.All[i])
		switch {
		case !is || m.Path != d.Name:
		case done:
			l.Delete(i, i+1)
		default:
			if want := d.wanted(&m); want != m {
				l.Set(i, want.String())
			}
			done = true
		}
	}
	if !done {
		l.Insert(len(l.All), d.wanted(nil).String())
	}
	return l.String()
}

func diff(d declared, o observed) resource.Difference {
	var diffs []gemba.Diff
	differ := func(attribute, from, to string) {
		if from != to {
			diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	was, want := resource.Mount{}, resource.Mount{}
	if o.Line != nil {
		was = *o.Line
	}
	if !d.Absent {
		want = d.wanted(o.Line)
	}
	differ("device", was.Device, want.Device)
	differ("type", was.Type, want.Type)
	differ("options", was.Options, want.Options)
	differ("dump", was.Dump, want.Dump)
	differ("pass", was.Pass, want.Pass)
	if len(diffs) == 0 && edited(d, o.Text.Content) != o.Text.Content {
		differ("lines", "more than one", "one")
	}
	if mounted, managed := d.mounted(o); managed && mounted != o.Mounted {
		differ("mounted", yes(o.Mounted), yes(mounted))
	}
	switch {
	case len(diffs) == 0:
		return resource.Difference{}
	case d.Absent:
		return resource.Difference{Action: gemba.ActionRemove, Diffs: diffs}
	case o.Line == nil:
		return resource.Difference{Action: gemba.ActionCreate, Diffs: diffs}
	}
	return resource.Difference{Action: gemba.ActionUpdate, Diffs: diffs}
}

func yes(is bool) string {
	if is {
		return "true"
	}
	return "false"
}

// mounted is whether it has to be mounted, where that is managed.
func (d declared) mounted(o observed) (mounted, managed bool) {
	switch {
	case !o.Live:
		return false, false
	case d.Absent:
		return false, true
	case d.Mounted == nil:
		return false, false
	}
	return *d.Mounted, true
}

// apply changes what is mounted first where that takes away, then the line, then what is mounted: cut short anywhere, what is
// left to do can still be seen.
func apply(ctx context.Context, sys resource.System, d declared, _ observed) error {
	o, err := observe(ctx, sys, d)
	if err != nil {
		return err
	}
	run := func(argv ...string) error {
		_, err := sys.Run(ctx, resource.Command{Argv: append(argv, "--", d.Name)})
		return err
	}
	mounted, managed := d.mounted(o)
	want := d.wanted(o.Line)
	other := o.Line != nil && !d.Absent && (want.Device != o.Line.Device || want.Type != o.Line.Type)
	switch {
	case !managed || !o.Mounted:
	case !mounted || other && d.Name != "/":
		if err := run("umount"); err != nil {
			return err
		}
		o.Mounted = false
	case o.Line != nil && want.Options != o.Line.Options:
		if err := run("mount", "-o", "remount,"+want.Options); err != nil {
			return err
		}
	}
	if after := edited(d, o.Text.Content); after != o.Text.Content {
		if err := o.Text.Write(sys, after); err != nil {
			return err
		}
	}
	if !managed || !mounted || o.Mounted {
		return nil
	}
	if err := sys.Mkdir(d.Name, resource.Meta{Mode: 0o755}); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return run("mount")
}
