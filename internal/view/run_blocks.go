package view

import (
	"fmt"

	"gemba"
)

// A block is one part of a run's story. Once settled it never changes, and
// so may scroll away as plain text.
type block struct {
	name    string // tells it from the others of its run
	lines   []string
	settled bool
}

// blocks tells a run as far as it has come. tails has the last lines of each
// step's log; at most room of them are shown below what runs.
func (t teller) blocks(run gemba.Run, tails tails, room int) []block {
	all := []block{{"head", t.head(run), true}}
	if said := t.leftOut(run); said != "" {
		all = append(all, block{"left out", wrap(said, t.width(), "  "), true})
	}
	for i, said := range t.warnings(run) {
		all = append(all, block{fmt.Sprintf("note %d", i), wrap(said, t.width(), "  "), true})
	}
	if said := t.waits(run); said != "" {
		all = append(all, block{"waits", wrap(said+", "+elapsed(t.now.Sub(run.Created)), t.width(), "  "), false})
	}
	if steps := making(run); len(steps) > 0 {
		all = append(all, t.makingBlock(run, steps, tails, room))
	}
	if said := t.artifact(run); said != "" {
		all = append(all, block{"artifact", wrap(said, t.width(), "  "), true})
	}
	for _, steps := range stages(run) {
		if begun(steps) || run.State.Over() {
			all = append(all, t.stageBlock(run, steps, tails, room))
		}
	}
	return all
}

func (t teller) makingBlock(run gemba.Run, steps []gemba.Step, tails tails, room int) block {
	var items []string
	for _, s := range steps {
		items = append(items, t.item(name(s, run), s))
	}
	if said := t.coffee(run); said != "" {
		items = append(items, "  "+said) // two more than the gap: it sums up what is before it
	}
	lines := flow(items, t.width(), "   ", "  ")
	return block{"making", append(lines, t.below(steps, tails, room)...), over(steps) && !anyStopped(steps)}
}

func (t teller) stageBlock(run gemba.Run, steps []gemba.Step, tails tails, room int) block {
	stage := t.text(steps[0].Stage)
	if !begun(steps) {
		return block{steps[0].Stage + " stage", []string{t.paint(dim, stage+" not reached")}, run.State.Over()}
	}
	items := []string{stage}
	if deploys := ofKind(steps, gemba.StepDeploy); len(deploys) == 1 && begun(deploys) {
		items[0] = t.item(stage, deploys[0])
	}
	for _, s := range ofKind(steps, gemba.StepConverge) {
		items[0] = t.item(stage, s)
	}
	for _, s := range ofKind(steps, gemba.StepTask) {
		items = append(items, t.item(s.Name, s))
	}
	items = append(items, t.verifies(ofKind(steps, gemba.StepVerify))...)
	lines := flow(items, t.width(), "   ", "  ")
	return block{steps[0].Stage + " stage", append(lines, t.below(steps, tails, room)...), over(steps) && !anyStopped(steps)}
}

// item is a name with its outcome. What is still to come is pale, and what
// was not reached goes without saying: beside it stands what stopped the line.
func (t teller) item(name string, s gemba.Step) string {
	switch s.State {
	case gemba.Pending:
		return t.paint(dim, t.text(name))
	case gemba.Left:
		return ""
	}
	return t.text(name) + " " + t.outcome(s)
}

// verifies counts several questions as one; those that were not answered well follow by name.
func (t teller) verifies(steps []gemba.Step) []string {
	if len(steps) == 1 {
		return []string{t.item(steps[0].Name, steps[0])}
	}
	if !begun(steps) {
		return nil
	}
	passed, worst := 0, gemba.Succeeded
	var failed []string
	for _, s := range steps {
		switch {
		case s.State.Good():
			passed++
		case stopped(s) || s.State == gemba.Cancelled:
			worst = s.State
			failed = append(failed, t.item(s.Name, s))
		case worst == gemba.Succeeded && !s.State.Over():
			worst = gemba.Running
		}
	}
	return append([]string{fmt.Sprintf("verify %s %d/%d", t.mark(worst), passed, len(steps))}, failed...)
}

// below is what stands under a line of steps: the log of what runs now, or of
// what stopped the line, and what a step has to add.
func (t teller) below(steps []gemba.Step, tails tails, room int) []string {
	var lines []string
	for _, s := range steps {
		switch {
		case s.State == gemba.Running:
			lines = append(lines, t.running(tails[s.Index], room)...)
		case stopped(s):
			lines = append(lines, t.excerpt(tails[s.Index])...)
		}
		for _, note := range t.notes(s) {
			lines = append(lines, wrap("  "+note, t.width(), "    ")...)
		}
	}
	return lines
}

func anyStopped(steps []gemba.Step) bool {
	for _, s := range steps {
		if stopped(s) {
			return true
		}
	}
	return false
}
