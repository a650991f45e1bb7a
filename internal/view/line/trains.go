package line

import (
	"fmt"
	"slices"
	"strings"

	"gemba"
)

// standing are the commits that environments have.
func (l Line) standing(placed []gemba.Deployment) []Train {
	var trains []Train
	for _, d := range placed {
		at := l.place(d.Environment)
		if d.Service != l.Service || at < 0 {
			continue
		}
		t := Train{Commit: d.Commit, Run: d.Run, Station: at, State: Arrived, Since: d.Since, Count: 1}
		switch {
		case d.Stopped:
			t.State = Down
		case !d.Healthy:
			t.State, t.Why = Unwell, d.Reason
		}
		trains = append(trains, t)
	}
	return trains
}

// under are the commits whose runs are not over.
func (l Line) under(runs []gemba.Run) []Train {
	var trains []Train
	for _, r := range runs {
		if r.State.Over() {
			continue
		}
		t := Train{Commit: r.Commit, Run: r.ID, State: Moving, Since: r.Created, Count: 1}
		if step, ok := current(r); ok {
			t.Station = max(0, l.station(step))
			t.State, t.Why = motion(r, step)
			if !step.Started.IsZero() {
				t.Since = step.Started
			}
		}
		trains = append(trains, t)
	}
	return trains
}

// current is the step that a run is at: the first that is not over, else the last.
func current(r gemba.Run) (gemba.Step, bool) {
	for _, s := range r.Steps {
		if !s.State.Over() {
			return s, true
		}
	}
	if len(r.Steps) == 0 {
		return gemba.Step{}, false
	}
	return r.Steps[len(r.Steps)-1], true
}

func motion(r gemba.Run, step gemba.Step) (State, string) {
	switch {
	case r.State == gemba.Asking || step.State == gemba.Asking:
		return Asking, step.Message
	case r.State == gemba.Waiting || step.State == gemba.Waiting:
		if r.WaitsFor != 0 {
			return Waiting, fmt.Sprintf("for run %d", r.WaitsFor)
		}
		return Waiting, step.Message
	case r.State == gemba.Pending:
		return Waiting, "for its turn"
	}
	return Moving, step.Message
}

// stopped finds the run that stops the line: the newest that failed, unless a later one has
// passed the station where it failed.
func (l Line) stopped(runs []gemba.Run) (Train, bool) {
	for i, r := range runs {
		step, failed := failure(r)
		if !failed {
			continue
		}
		at := l.station(step)
		if at < 0 {
			continue
		}
		if slices.ContainsFunc(runs[:i], func(later gemba.Run) bool { return l.passed(later, at) }) {
			return Train{}, false
		}
		state := Stopped
		if r.Verdict == gemba.PutBack {
			state = PutBack
		}
		why := strings.TrimSuffix(strings.TrimSpace(firstLine(step.Message)), ".")
		if step.Kind == gemba.StepTest || step.Kind == gemba.StepVerify {
			why = strings.TrimPrefix(step.Name+": "+why, ": ")
		}
		return Train{Commit: r.Commit, Run: r.ID, Station: at, State: state, Since: step.Finished, Count: 1, Why: strings.TrimSuffix(why, ": ")}, true
	}
	return Train{}, false
}

func failure(r gemba.Run) (gemba.Step, bool) {
	if !r.State.Over() || r.State == gemba.Cancelled {
		return gemba.Step{}, false
	}
	for _, s := range r.Steps {
		if s.State == gemba.Broken || s.State == gemba.Errored {
			return s, true
		}
	}
	return gemba.Step{}, false
}

func (l Line) passed(r gemba.Run, station int) bool {
	found := false
	for _, s := range r.Steps {
		if l.station(s) != station {
			continue
		}
		if !s.State.Good() {
			return false
		}
		found = true
	}
	return found
}

// group joins trains in the same state at the same station and orders them along the line.
func group(trains []Train, stations int) []Train {
	var grouped []Train
	for at := range stations {
		for _, standing := range []bool{true, false} {
			for _, t := range trains {
				if t.Station != at || t.State.Stands() != standing {
					continue
				}
				same := slices.IndexFunc(grouped, func(g Train) bool { return g.Station == at && g.State == t.State })
				if same >= 0 {
					grouped[same].Count++
					continue
				}
				grouped = append(grouped, t)
			}
		}
	}
	return grouped
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}
