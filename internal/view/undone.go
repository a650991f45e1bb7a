package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// Stays names what undo could not restore after an apply of these plans; "" when that is nothing.
func Stays(hosts []gemba.HostPlan) string {
	var names []string
	for _, h := range hosts {
		for _, c := range h.Changes {
			if name := c.Kind + " " + c.Name; c.Stays && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Undo cannot restore: " + list(names, 5) + "."
}

// undone says what was put back on a host, by a person or by its guard.
func (v *HostWork) undone(p *page, host, name string, u gemba.Undone) {
	p.lines(undoneLines(v.t, host, u))
	v.back[name] = v.back[name] || u.Why != ""
}

func undoneLines(t Terminal, host string, u gemba.Undone) []string {
	mark := t.good()
	if !u.Good() {
		mark = t.bad()
	}
	head := mark + " " + host + "  "
	if u.Why != "" {
		head = t.bad() + " " + host + "  its guard has put things back, because " + t.text(u.Why) + ": "
	}
	if u.Error != "" {
		return wrap(head+t.text(u.Error), t.width(), "    ")
	}
	lines := wrap(head+human.Plural(int64(len(u.Restored)), "path is as it was", "paths are as they were")+told(t, u), t.width(), "    ")
	for _, path := range u.Restored {
		lines = append(lines, "    "+t.text(path))
	}
	for _, path := range slices.Sorted(maps.Keys(u.Lost)) {
		lines = append(lines, wrap("    "+t.bad()+" "+t.text(path+": "+u.Lost[path]), t.width(), "      ")...)
	}
	for _, unit := range slices.Sorted(maps.Keys(u.Untold)) {
		lines = append(lines, wrap("    "+t.bad()+" "+t.text(unit+" could not be told: "+u.Untold[unit]), t.width(), "      ")...)
	}
	if len(u.Stays) > 0 {
		lines = append(lines, wrap("    "+t.text("Undo cannot restore: "+list(u.Stays, 5)+"."), t.width(), "      ")...)
	}
	return lines
}

func told(t Terminal, u gemba.Undone) string {
	if len(u.Told) == 0 {
		return ""
	}
	return "; told again: " + t.text(strings.Join(u.Told, ", "))
}

// Undo narrates how an apply is undone.
type Undo struct {
	w     io.Writer
	t     Terminal
	hosts int
	paths int
	bad   []string
}

// NewUndo narrates to w.
func NewUndo(w io.Writer, t Terminal) *Undo { return &Undo{w: w, t: t} }

// Frame says what a frame tells.
func (v *Undo) Frame(f gemba.HostFrame) error {
	var p page
	host := v.t.paint(bold, v.t.text(f.Host))
	switch {
	case f.Waits != "":
		p.lines(wrap(host+"  waits: the host is in the hands of "+v.t.text(f.Waits), v.t.width(), "  "))
	case f.Undone != nil:
		v.hosts, v.paths = v.hosts+1, v.paths+len(f.Undone.Restored)
		if !f.Undone.Good() {
			v.bad = append(v.bad, f.Host)
		}
		p.lines(undoneLines(v.t, host, *f.Undone))
	}
	return p.to(v.w)
}

// End says how it all went.
func (v *Undo) End(took time.Duration) error {
	var p page
	mark, rest := v.t.good(), ""
	if len(v.bad) > 0 {
		mark, rest = v.t.bad(), " Not as before: "+v.t.text(strings.Join(v.bad, ", "))+"."
	}
	p.lines(wrap(fmt.Sprintf("%s %s: %s put back in %s.%s", mark, human.Plural(int64(v.hosts), "host", "hosts"), human.Plural(int64(v.paths), "path", "paths"), human.Duration(took), rest), v.t.width(), "  "))
	return p.to(v.w)
}

// Good reports whether everything was put back.
func (v *Undo) Good() bool { return len(v.bad) == 0 }
