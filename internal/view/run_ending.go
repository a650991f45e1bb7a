package view

import (
	"fmt"
	"strings"

	"gemba"
	"gemba/internal/human"
)

// rollback is the Kind of a run that goes back.
const rollback = "rollback"

// ending says how it ended: sentence, hints, exit code.
func (t teller) ending(run gemba.Run) []string {
	exit, w := ExitOf(run), t.width()
	said := strings.Join(strings.Fields(t.text(run.Message)), " ")
	if said == "" {
		said = exit.Meaning
	}
	mark := t.bad()
	switch exit.Code {
	case ExitGood:
		mark = t.good()
	case ExitCancelled, ExitAsking, ExitDetached:
		mark = t.note()
	}
	lines := wrap(mark+" "+said, w, "  ")
	lines = append(lines, t.hints(run, exit)...) // not wrapped: a command has to survive copying
	return append(lines, t.total(run, exit))
}

// hints are the commands to go on with.
func (t teller) hints(run gemba.Run, exit Exit) []string {
	logs := fmt.Sprintf("  see   gemba logs %s --run %d", t.text(run.Service), run.ID)
	switch exit.Code {
	case ExitGood:
		return nil
	case ExitDetached:
		return []string{logs + " --follow"}
	case ExitAsking:
		return []string{logs, fmt.Sprintf("  next  gemba answer %d done, or again, or failed", run.ID)}
	}
	if try := remedy(run); try != "" {
		return []string{logs, "  next  " + t.text(try)}
	}
	if run.Kind == rollback { // the commit is not at fault, and shipping it is not the way back
		return []string{logs}
	}
	switch exit.Code {
	case ExitBuild, ExitPutBack, ExitVerify:
		return []string{logs, "  next  fix, commit, gemba ship"}
	case ExitCancelled, ExitError:
		return []string{logs, "  next  gemba ship"}
	}
	return []string{logs}
}

// remedy is what the step advises that could not run.
func remedy(run gemba.Run) string {
	for _, s := range run.Steps {
		if s.State == gemba.Errored && s.Try != "" {
			return s.Try
		}
	}
	return ""
}

// total is the last line: the exit code in words, and the whole time.
func (t teller) total(run gemba.Run, exit Exit) string {
	end, began := run.Finished, run.Created
	if end.IsZero() {
		end = t.now
	}
	took := human.Duration(end.Sub(began))
	if exit.Code == ExitGood {
		return t.paint(dim, exit.Words+" in "+took)
	}
	return fmt.Sprintf("exit %d: %s after %s", exit.Code, exit.Words, took)
}
