package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// teller says single facts of a run in words. Both views of a run, live and
// plain, are made of what it says.
type teller struct {
	Terminal
	now time.Time
}

// head puts the commit in one line where it fits: service, hash, subject,
// then who made it, when, and how large it is. Where it does not, long names are
// shortened and the rest goes below, so that hash and age are always there.
func (t teller) head(run gemba.Run) []string {
	name, subject, w := t.text(run.Service), t.text(run.Commit.Subject), t.width()
	author, about := t.text(run.Commit.Author), t.about(run.Commit)
	hash := t.hash(run.Commit)
	if run.Kind == rollback {
		hash = "back to " + hash
	}
	named := func(most int) string { return t.paint(bold, t.cut(name, most)) + " " + hash }
	quoted := func(most int) string { return `"` + t.cut(subject, most-2) + `"` }
	by := func(most int) string { return t.paint(dim, t.cut(author, most-width(about))+about) }

	const least = 16 // columns below which a subject says too little
	left, right := width(name)+1+width(hash)+1, width(author)+width(about)
	switch all := left + width(subject) + 2 + 2 + right; {
	case w == 0 || all <= w:
		return []string{named(width(name)) + " " + quoted(width(subject)+2) + "  " + by(right)}
	case left+least+2+right <= w:
		return []string{named(width(name)) + " " + quoted(w-left-2-right) + "  " + by(right)}
	case left+least <= w:
		return []string{named(width(name)) + " " + quoted(w-left), "  " + by(w-2)}
	}
	return []string{named(w - 1 - width(hash)), "  " + quoted(w-2), "  " + by(w-2)}
}

// hash is short for people and whole for a pipe.
func (t teller) hash(c gemba.Commit) string {
	if t.TTY {
		return c.Short()
	}
	return c.Hash
}

// about says how old and how large a commit is.
func (t teller) about(c gemba.Commit) string {
	age := human.Ago(c.Time, t.now)
	if !t.TTY {
		age = c.Time.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf(", %s, +%s %s%s", age, human.Count(int64(c.Added)), t.minus(), human.Count(int64(c.Removed)))
}

// leftOut names what was not shipped, or says nothing.
func (t teller) leftOut(run gemba.Run) string {
	if len(run.LeftOut) == 0 {
		return ""
	}
	names := make([]string, len(run.LeftOut))
	for i, name := range run.LeftOut {
		names[i] = t.text(name)
	}
	return t.note() + " left out, uncommitted: " + list(names, 5)
}

// warnings are what the person should know before it starts.
func (t teller) warnings(run gemba.Run) []string {
	var said []string
	for _, note := range run.Notes {
		said = append(said, t.note()+" "+t.text(note))
	}
	return said
}

// waits says for whom a run waits, or nothing; a step that waits says it itself.
func (t teller) waits(run gemba.Run) string {
	waiting := func(s gemba.Step) bool { return s.State == gemba.Waiting }
	if run.WaitsFor == 0 || run.State.Over() || slices.ContainsFunc(run.Steps, waiting) {
		return ""
	}
	return fmt.Sprintf("%s waits for run %d to leave the environment", t.note(), run.WaitsFor)
}

// outcome is what became of a step: mark, time and message.
func (t teller) outcome(s gemba.Step) string {
	took := human.Duration(s.Duration(t.now))
	said := t.text(firstLine(s.Message))
	switch s.State {
	case gemba.Waiting:
		if said == "" {
			said = "waits"
		}
		return t.note() + " " + said
	case gemba.Running:
		return t.mark(s.State) + " " + elapsed(s.Duration(t.now)) + t.attempt(s)
	case gemba.Asking:
		return t.note() + " asks" + comma(said)
	case gemba.Reused:
		return t.mark(s.State) + " reused" + comma(said)
	case gemba.Errored:
		return t.mark(s.State) + " could not run" + comma(said)
	case gemba.Cancelled:
		return t.mark(s.State) + " cancelled" + comma(strings.TrimPrefix(said, "cancelled"))
	}
	return t.mark(s.State) + " " + took + t.attempt(s) + comma(said)
}

func (t teller) attempt(s gemba.Step) string {
	if s.Attempt < 2 {
		return ""
	}
	return fmt.Sprintf(", attempt %d", s.Attempt)
}

func comma(said string) string {
	if said == "" {
		return ""
	}
	return ", " + said
}

// notes are what a step says beyond its outcome: the further lines of its message.
func (t teller) notes(s gemba.Step) []string {
	var notes []string
	_, rest, _ := strings.Cut(s.Message, "\n")
	for line := range strings.Lines(rest) {
		if line = strings.TrimSpace(t.text(strings.TrimSpace(line))); line != "" {
			notes = append(notes, line)
		}
	}
	return notes
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}

// coffee compares the time of build and tests with the budget for both, from
// the first step to the verdict. It says nothing when neither ran.
func (t teller) coffee(run gemba.Run) string {
	var first, last time.Time
	for _, s := range making(run) {
		if s.Started.IsZero() || s.State == gemba.Reused {
			continue
		}
		if first.IsZero() || s.Started.Before(first) {
			first = s.Started
		}
		if end := s.Started.Add(s.Duration(t.now)); end.After(last) {
			last = end
		}
	}
	if first.IsZero() {
		return ""
	}
	used, budget := last.Sub(first), time.Duration(run.Budget)
	said := human.Duration(used)
	if !over(making(run)) {
		said = elapsed(used)
	}
	if budget > 0 {
		said += " of " + human.Duration(budget)
	}
	if budget > 0 && used > budget {
		return "coffee " + t.bad() + " " + said
	}
	return t.paint(dim, "coffee "+said)
}

// artifact says what the build made, or nothing yet.
func (t teller) artifact(run gemba.Run) string {
	a := run.Artifact
	if a == nil {
		return ""
	}
	digest := a.Digest.Short()
	if !t.TTY {
		digest = string(a.Digest)
	}
	said := "artifact " + digest + "  " + human.Bytes(a.Size) + ", " + t.text(a.Platform)
	if !a.Isolated {
		said += ", not isolated"
	}
	if a.Reproducible != nil && !*a.Reproducible {
		said += ", not reproducible"
	}
	return said
}
