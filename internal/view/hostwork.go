package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// HostWork narrates work on hosts as it happens: a line for each change that was made.
type HostWork struct {
	w       io.Writer
	t       Terminal
	changed int
	failed  int
	same    int
	bad     []string        // hosts that are not as declared
	told    map[string]bool // hosts of which it was said why they could not be observed
	back    map[string]bool // hosts whose guard has put things back
	undoes  bool            // undo would find something
}

// NewHostWork narrates to w.
func NewHostWork(w io.Writer, t Terminal) *HostWork {
	return &HostWork{w: w, t: t, told: map[string]bool{}, back: map[string]bool{}}
}

// Frame says what a frame tells.
func (v *HostWork) Frame(f gemba.HostFrame) error {
	var p page
	t := v.t
	host := t.paint(bold, t.text(f.Host))
	switch {
	case f.Waits != "":
		p.lines(wrap(host+"  waits: the host is in the hands of "+t.text(f.Waits), t.width(), "  "))
	case f.Plan != nil && f.Plan.Error != "":
		v.told[f.Host] = true
		p.lines(wrap(t.bad()+" "+host+"  "+t.text(f.Plan.Error), t.width(), "  "))
	case f.Applied != nil:
		v.applied(&p, host, *f.Applied)
	case f.Undone != nil:
		v.undone(&p, host, f.Host, *f.Undone)
	case f.Result != nil:
		v.result(&p, host, f.Host, *f.Result)
	}
	return p.to(v.w)
}

func (v *HostWork) applied(p *page, host string, a gemba.Applied) {
	t := v.t
	mark := t.good()
	if !a.Good() {
		mark = t.bad()
	}
	what := a.Change.Kind + " " + t.text(a.Change.Name)
	if a.Change.Because != "" {
		what += " " + string(a.Change.Action) + ", because of " + t.text(a.Change.Because)
	}
	p.lines(wrap(host+"  "+mark+" "+what+"  "+t.paint(dim, human.Duration(time.Duration(a.Took))), t.width(), "    "))
	if a.Error != "" {
		p.lines(wrap("    "+t.text(a.Error), t.width(), "    "))
	}
	for _, l := range a.Log {
		p.line("      " + t.log(l))
	}
	if len(a.After) > 0 {
		p.line("    it was changed, and is still not as declared:")
		for _, d := range a.After {
			p.lines(diffLines(t, d))
		}
	}
}

func (v *HostWork) result(p *page, host, name string, r gemba.HostResult) {
	t := v.t
	v.changed, v.failed, v.same = v.changed+r.Changed, v.failed+r.Failed, v.same+r.Unchanged
	if !r.Good() {
		v.bad = append(v.bad, name)
	}
	v.undoes = v.undoes || r.Changed+r.Failed > 0 && !v.back[name]
	if r.Error != "" && !v.told[name] {
		p.lines(wrap(t.bad()+" "+host+"  "+t.text(r.Error), t.width(), "  "))
	}
	if len(r.Differs) > 0 {
		p.lines(wrap(t.bad()+" "+host+"  has changed since the plan was made: "+t.text(list(r.Differs, 5))+"; nothing was applied", t.width(), "  "))
		p.line("  next  gemba plan")
	}
	if len(r.Left) > 0 {
		p.lines(wrap("  "+host+"  not reached, because of what failed: "+t.text(list(r.Left, 5)), t.width(), "    "))
	}
}

// End says how it all went.
func (v *HostWork) End(hosts int, took time.Duration) error {
	var p page
	t := v.t
	sum := fmt.Sprintf("%s: %d changed, %d unchanged", human.Plural(int64(hosts), "host", "hosts"), v.changed, v.same)
	if v.failed > 0 {
		sum += fmt.Sprintf(", %d failed", v.failed)
	}
	mark, rest := t.good(), " in "+human.Duration(took)+"."
	if len(v.bad) > 0 {
		mark, rest = t.bad(), " in "+human.Duration(took)+". Not as declared: "+t.text(strings.Join(v.bad, ", "))+"."
	}
	p.lines(wrap(mark+" "+sum+rest, t.width(), "  "))
	return p.to(v.w)
}

// Undoes reports whether something was changed that could be undone.
func (v *HostWork) Undoes() bool { return v.undoes }

// Good reports whether every host is as declared.
func (v *HostWork) Good() bool { return len(v.bad) == 0 }
