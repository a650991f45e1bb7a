package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// Waits says in one line what waits on a host; "" when nothing does.
func Waits(p gemba.PendingWork) string {
	var parts []string
	security := int64(len(p.Chosen(false)))
	if security > 0 {
		parts = append(parts, human.Plural(security, "security update", "security updates"))
	}
	if other := int64(len(p.Upgrades)) - security; other > 0 {
		parts = append(parts, human.Plural(other, "other update", "other updates"))
	}
	if len(p.Held) > 0 {
		parts = append(parts, "held: "+list(p.Held, 5))
	}
	if p.Reboot != "" {
		parts = append(parts, "reboot: "+p.Reboot)
	}
	return strings.Join(parts, "; ")
}

// Patch narrates how hosts are patched.
type Patch struct {
	w      io.Writer
	t      Terminal
	look   bool
	all    bool
	done   []string
	bad    []string
	meant  int // updates that are meant
	reboot int // hosts that need one
	hosts  []string
}

// NewPatch narrates to w; look is for what waits alone, all for all updates.
func NewPatch(w io.Writer, t Terminal, look, all bool) *Patch {
	return &Patch{w: w, t: t, look: look, all: all}
}

// Frame says what a frame tells.
func (v *Patch) Frame(f gemba.HostFrame) error {
	var p page
	t, host := v.t, v.t.paint(bold, v.t.text(f.Host))
	switch {
	case f.Fleet != nil && len(v.hosts) == 0:
		for _, target := range f.Fleet.Targets {
			v.hosts = append(v.hosts, target.Host.Name)
		}
	case f.Waits != "":
		p.lines(wrap(host+"  waits: the host is in the hands of "+t.text(f.Waits), t.width(), "  "))
	case f.Pending != nil && v.look:
		v.pending(&p, host, *f.Pending)
	case f.Doing != "":
		p.lines(wrap(host+"  "+t.text(f.Doing), t.width(), "    "))
	case f.Patched != nil:
		v.patched(&p, f.Host, host, *f.Patched)
	}
	return p.to(v.w)
}

func (v *Patch) pending(p *page, host string, pending gemba.PendingWork) {
	t := v.t
	chosen := pending.Chosen(v.all)
	v.meant += len(chosen)
	if pending.Reboot != "" {
		v.reboot++
	}
	says := Waits(pending)
	if says == "" {
		says = "nothing waits"
	}
	p.lines(wrap(host+"  "+t.text(says), t.width(), "    "))
	for _, u := range chosen {
		p.lines(wrap("    "+t.text(u.Name+"  "+u.From)+" "+t.sign("→", "->")+" "+t.text(u.To), t.width(), "      "))
	}
}

func (v *Patch) patched(p *page, name, host string, r gemba.Patched) {
	t := v.t
	v.done = append(v.done, name)
	if !r.Good() {
		v.bad = append(v.bad, name)
	}
	if v.look && r.Good() {
		return
	}
	var parts []string
	if n := int64(len(r.Upgraded)); n > 0 {
		parts = append(parts, human.Plural(n, "package", "packages")+" updated")
	}
	if r.Away > 0 {
		parts = append(parts, "rebooted, back after "+human.Duration(time.Duration(r.Away)))
	}
	if len(r.Gone) > 0 {
		parts = append(parts, "does not run any more: "+list(r.Gone, 5))
	}
	if len(r.Failed) > 0 {
		parts = append(parts, "has failed: "+list(r.Failed, 5))
	}
	if r.Error != "" {
		parts = append(parts, r.Error)
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing to do")
	}
	mark := t.good()
	if !r.Good() {
		mark = t.bad()
	}
	p.lines(wrap(mark+" "+host+"  "+t.text(strings.Join(parts, "; ")), t.width(), "    "))
	for _, l := range r.Log {
		p.line("      " + t.log(l))
	}
}

// Left are the hosts that were not begun.
func (v *Patch) Left() []string {
	var left []string
	for _, h := range v.hosts {
		if !slices.Contains(v.done, h) {
			left = append(left, h)
		}
	}
	return left
}

// Nothing reports whether there is nothing to do, after a look.
func (v *Patch) Nothing(reboot string) bool {
	return v.meant == 0 && reboot != "always" && (v.reboot == 0 || reboot == "never") && v.Good()
}

// End says how it all went.
func (v *Patch) End(took time.Duration) error {
	var p page
	t := v.t
	mark, rest := t.good(), ""
	if len(v.bad) > 0 {
		mark, rest = t.bad(), " Not well: "+t.text(strings.Join(v.bad, ", "))+"."
	}
	if left := v.Left(); len(left) > 0 {
		mark, rest = t.bad(), rest+" Not begun: "+t.text(strings.Join(left, ", "))+"."
	}
	good := int64(len(v.done) - len(v.bad))
	p.lines(wrap(fmt.Sprintf("%s %s patched in %s.%s", mark, human.Plural(good, "host", "hosts"), human.Duration(took), rest), t.width(), "  "))
	return p.to(v.w)
}

// Good reports whether every host is patched and well.
func (v *Patch) Good() bool { return len(v.bad) == 0 && len(v.Left()) == 0 }
