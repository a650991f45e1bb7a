package swap

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// remakes reports whether the file has to be made anew; signs, whether it has to be made into a swap.
func (d declared) remakes(o observed) bool {
	return d.Size != "" && (o.File.Type != resource.Regular || o.File.Size != d.bytes)
}

func (d declared) signs(o observed) bool {
	return d.remakes(o) || o.File.Type == resource.Regular && !o.Signed
}

// fileMode is that of a swap file: what is in memory is nobody's to read.
const fileMode = 0o600

func edited(d declared, content string) string {
	l := resource.SplitLines(content)
	done := d.Absent
	for i := len(l.All) - 1; i >= 0; i-- {
		m, is := resource.ParseMount(l.All[i])
		switch {
		case !is || !d.is(m):
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
	difference := resource.Difference{Action: gemba.ActionUpdate}
	differ := func(attribute, from, to string) {
		if from != to {
			difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	if d.Absent {
		difference.Action = gemba.ActionRemove
		if o.File.Type == resource.Regular {
			differ("file", size(o.File.Size), "")
		}
	} else {
		if o.File.Type == resource.Absent {
			difference.Action = gemba.ActionCreate
		}
		if d.remakes(o) {
			differ("size", size(o.File.Size), size(d.bytes))
		} else if d.signs(o) {
			differ("made", "false", "true")
		}
		if o.File.Type == resource.Regular {
			differ("mode", resource.ShowMode(o.File.Mode), resource.ShowMode(fileMode))
			differ("owner", strconv.Itoa(o.File.UID), "0")
		}
	}
	if after := edited(d, o.Text.Content); after != o.Text.Content {
		was, want := "", ""
		if o.Line != nil {
			was = o.Line.String()
		}
		if !d.Absent {
			want = d.wanted(o.Line).String()
		}
		differ("line", was, want)
		if was == want {
			differ("lines", "more than one", "one")
		}
	}
	if o.Live && o.Active == d.Absent {
		differ("active", strconv.FormatBool(o.Active), strconv.FormatBool(!d.Absent))
	}
	if len(difference.Diffs) == 0 {
		return resource.Difference{}
	}
	return difference
}

func size(bytes int64) string {
	const mega = 1 << 20
	if bytes%mega == 0 {
		return fmt.Sprintf("%dM", bytes/mega)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

func apply(ctx context.Context, sys resource.System, d declared, _ observed) error {
	o, err := observe(ctx, sys, d)
	if err != nil {
		return err
	}
	run := func(argv ...string) error {
		_, err := sys.Run(ctx, resource.Command{Argv: append(argv, "--", d.Name)})
		return err
	}
	if o.File.Type == resource.Regular && !o.Signed && !o.Blank {
		return fmt.Errorf("%s is no swap, and what is in it would be lost; choose another path, or remove it first", d.Name)
	}
	if o.Active && (d.Absent || d.signs(o)) {
		if err := run("swapoff"); err != nil {
			return err
		}
		o.Active = false
	}
	if d.Absent {
		return remove(sys, d, o)
	}
	if err := prepare(sys, d, o, run); err != nil {
		return err
	}
	if err := write(sys, d, o); err != nil {
		return err
	}
	switch {
	case !o.Live || o.Active:
		return nil
	case d.Priority != nil:
		return run("swapon", "-p", strconv.Itoa(*d.Priority))
	}
	return run("swapon")
}

// remove takes the line out first: a line without its file would fail the next start.
func remove(sys resource.System, d declared, o observed) error {
	if err := write(sys, d, o); err != nil {
		return err
	}
	if o.File.Type == resource.Regular {
		return sys.Remove(d.Name)
	}
	return nil
}

// prepare makes the file. It is private before there is anything in it.
func prepare(sys resource.System, d declared, o observed, run func(...string) error) error {
	switch {
	case d.remakes(o):
		if o.File.Type != resource.Regular && o.File.Type != resource.Absent {
			return fmt.Errorf("%s is a %s; a swap file cannot take its place", d.Name, o.File.Type)
		}
		if err := sys.Write(d.Name, strings.NewReader(""), resource.Meta{Mode: fileMode}); err != nil {
			return err
		}
		if err := run("fallocate", "-l", strconv.FormatInt(d.bytes, 10)); err != nil {
			return err
		}
	case o.File.Type == resource.Absent:
		return fmt.Errorf("there is no %s; write size to have a file made", d.Name)
	case o.File.Type == resource.Regular:
		if o.File.UID != 0 || o.File.GID != 0 {
			if err := sys.Chown(d.Name, 0, 0); err != nil {
				return err
			}
		}
		if o.File.Mode != fileMode {
			if err := sys.Chmod(d.Name, fileMode); err != nil {
				return err
			}
		}
	}
	if d.signs(o) {
		return run("mkswap")
	}
	return nil
}

func write(sys resource.System, d declared, o observed) error {
	after := edited(d, o.Text.Content)
	if after == o.Text.Content {
		return nil
	}
	return o.Text.Write(sys, after)
}
