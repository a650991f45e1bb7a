package web

import (
	"context"
	"strconv"
	"strings"

	"gemba"
)

// steps prepares a run's steps for its page. The step that matters most (what failed, else what runs, else the last
// that ran) is open with the end of its log; the others come when they are opened, so that the page stays light. A page
// that is only brought up to date has its logs already.
func (h *dashboard) steps(ctx context.Context, run gemba.Run, update bool) ([]stepView, *firstError, error) {
	views, focus := make([]stepView, len(run.Steps)), focusOf(run)
	slugs := slugsOf(run)
	for i, s := range run.Steps {
		views[i] = stepView{Step: s, Slug: slugs[i], Open: i == focus}
	}
	if focus < 0 {
		return views, nil, nil
	}
	step, failed := run.Steps[focus], run.Steps[focus].State == gemba.Broken || run.Steps[focus].State == gemba.Errored
	if update && !failed {
		return views, nil, nil
	}
	lines, err := h.src.Log(ctx, run.ID, step.Index, 0)
	if err != nil {
		return nil, nil, err
	}
	var first *firstError
	log := window(lines, run.ID, step.Index, slugs[focus], 0, pageBytes)
	if at := errorLine(lines); failed && at > 0 {
		first = &firstError{Step: views[focus], Line: newLogLine(at, lines[at-1])}
		log.mark(at)
	}
	if !update {
		views[focus].Log = &log
	}
	return views, first, nil
}

// focusOf is the index of the step that somebody who opens the run wants to see; -1 when none has begun.
func focusOf(run gemba.Run) int {
	last := -1
	for i, s := range run.Steps {
		switch s.State {
		case gemba.Broken, gemba.Errored, gemba.Running, gemba.Asking:
			return i
		case gemba.Pending, gemba.Left, gemba.Waiting:
		default:
			if s.Kind == gemba.StepBuild || s.Kind == gemba.StepTest || last < 0 {
				last = i
			}
		}
	}
	return last
}

// slugsOf names a run's steps for addresses, each once.
func slugsOf(run gemba.Run) []string {
	slugs, seen := make([]string, len(run.Steps)), map[string]bool{}
	for i, s := range run.Steps {
		name := slug(strings.Trim(s.Stage+"-"+s.Name, "-"))
		if seen[name] {
			name += "-" + strconv.Itoa(s.Index)
		}
		seen[name], slugs[i] = true, name
	}
	return slugs
}

// slug keeps letters, digits, dots and dashes of a name.
func slug(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, name)
	if strings.Trim(clean, "-") == "" {
		return "step"
	}
	return clean
}
