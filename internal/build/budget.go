package build

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"gemba"
	"gemba/internal/human"
)

// Budget is the time that a build and its tests may take together, from the first step to the verdict: the coffee test.
type Budget struct {
	Limit time.Duration
}

// Left is what remains for the step that begins at now.
func (b Budget) Left(run gemba.Run, now time.Time) time.Duration {
	return b.Limit - Spent(run, now)
}

// Spent is the time from the start of the first step of building and testing to the end of the last, or to now while one runs.
func Spent(run gemba.Run, now time.Time) time.Duration {
	var first, last time.Time
	for _, s := range counted(run) {
		if first.IsZero() || s.Started.Before(first) {
			first = s.Started
		}
		end := s.Finished
		if end.IsZero() {
			end = now
		}
		if end.After(last) {
			last = end
		}
	}
	if first.IsZero() {
		return 0
	}
	return last.Sub(first)
}

// Over says which step took the time of a budget that was exceeded.
func (b Budget) Over(run gemba.Run, now time.Time) string {
	steps := counted(run)
	slowest := slices.MaxFunc(steps, func(a, b gemba.Step) int { return cmp.Compare(a.Duration(now), b.Duration(now)) })
	what := string(slowest.Kind)
	if slowest.Name != "" && slowest.Name != what {
		what += " " + slowest.Name
	}
	return fmt.Sprintf("over the budget of %s: %s took %s of it", human.Duration(b.Limit), what, human.Duration(slowest.Duration(now)))
}

func counted(run gemba.Run) []gemba.Step {
	return slices.DeleteFunc(slices.Clone(run.Steps), func(s gemba.Step) bool {
		return s.Started.IsZero() || s.Kind != gemba.StepBuild && s.Kind != gemba.StepTest
	})
}
