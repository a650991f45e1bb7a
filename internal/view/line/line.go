// Package line draws the way of a service's commits to production as one
// line with stations, and the commits on it as trains. Of computes the
// picture once; Text and SVG draw it, so that the terminal, the pages and the
// report never disagree.
package line

import (
	"time"

	"gemba"
)

// Line is the picture of one service at one time.
type Line struct {
	Service  string
	Stations []Station
	Trains   []Train // in order of their stations; at one station, those that stand first
	Reached  int     // index of the last station that the newest run got to; -1 when nothing ran
	Stop     *Train  // the train that stops the line; nil while it is open
	now      time.Time
}

// Station is a point of the line where something is done to a commit, or
// where it can stay.
type Station struct {
	Name  string // as drawn: "build", "test", "staging", "verify"
	Stage string // the stage it belongs to; "" for build and test
	Place bool   // an environment, where a commit stays and serves
}

// Train is a commit, or several in the same state, at a station.
type Train struct {
	Commit  gemba.Commit
	Run     int64 // that carries it, or that placed it; 0 when not known
	Station int   // index in Line.Stations
	State   State
	Count   int       // commits in this state at this station, the newest is Commit; at least 1
	Since   time.Time // when it came there; zero when not known
	Why     string    // why it waits, stopped or is unwell; ends without a full stop
}

// State is what a train does, in the words that are drawn.
type State string

// The states.
const (
	Moving  State = "moving"     // work is done on it here
	Waiting State = "waits"      // for its turn
	Asking  State = "asks"       // a person has to say how to go on
	Arrived State = "serves"     // deployed here, and healthy
	Unwell  State = "unhealthy"  // deployed here, and does not answer well
	Down    State = "taken down" // deployed here, and stopped on purpose
	Stopped State = "stopped"    // the work said no; nothing after it ran
	PutBack State = "put back"   // did not become healthy; the release before serves
)

// Stands reports whether the train is what an environment has, rather than on its way.
func (s State) Stands() bool { return s == Arrived || s == Unwell || s == Down }

// Stops reports whether the line ends at this train.
func (s State) Stops() bool { return s == Stopped || s == PutBack }

// Of computes the line of a service. Stages are the pipeline's, in order, each named as the environment
// that it deploys to. Runs are the service's newest, newest first; runs and deployments of other services are passed over.
func Of(service string, stages []string, runs []gemba.Run, placed []gemba.Deployment, now time.Time) Line {
	runs = own(service, runs)
	l := Line{Service: service, Stations: stations(stages, runs), Reached: -1, now: now}
	if len(runs) > 0 {
		l.Reached = l.reach(runs[0])
	}
	trains := l.standing(placed)
	trains = append(trains, l.under(runs)...)
	if stopped, ok := l.stopped(runs); ok {
		trains = append(trains, stopped)
	}
	l.Trains = group(trains, len(l.Stations))
	for i, t := range l.Trains {
		if t.State.Stops() {
			l.Stop = &l.Trains[i]
		}
	}
	return l
}

func own(service string, runs []gemba.Run) []gemba.Run {
	var mine []gemba.Run
	for _, r := range runs {
		if r.Service == service {
			mine = append(mine, r)
		}
	}
	return mine
}

// stations lays out build and test, then each stage with its verify. A test or
// verify that no run has is left out; before the first run there is only the plan.
func stations(stages []string, runs []gemba.Run) []Station {
	var list []Station
	if len(runs) == 0 || has(runs, gemba.StepBuild, "") || !has(runs, gemba.StepConverge, stages[0]) {
		list = append(list, Station{Name: "build"})
	}
	if len(runs) == 0 || has(runs, gemba.StepTest, "") {
		list = append(list, Station{Name: "test"})
	}
	for _, stage := range stages {
		list = append(list, Station{Name: stage, Stage: stage, Place: true})
		if has(runs, gemba.StepVerify, stage) {
			list = append(list, Station{Name: "verify", Stage: stage})
		}
	}
	return list
}

func has(runs []gemba.Run, kind gemba.StepKind, stage string) bool {
	for _, r := range runs {
		for _, s := range r.Steps {
			if s.Kind == kind && s.Stage == stage {
				return true
			}
		}
	}
	return false
}

// station finds where a step is done; -1 when its stage is no longer in the pipeline.
func (l Line) station(step gemba.Step) int {
	for i, s := range l.Stations {
		switch step.Kind {
		case gemba.StepBuild, gemba.StepTest:
			if s.Stage == "" && s.Name == string(step.Kind) {
				return i
			}
		case gemba.StepVerify:
			if s.Stage == step.Stage && !s.Place {
				return i
			}
		default:
			if s.Stage == step.Stage && s.Place {
				return i
			}
		}
	}
	return -1
}

func (l Line) place(environment string) int {
	for i, s := range l.Stations {
		if s.Place && s.Name == environment {
			return i
		}
	}
	return -1
}

// reach is the last station at which a run has begun.
func (l Line) reach(run gemba.Run) int {
	reached := -1
	for _, s := range run.Steps {
		if s.State == gemba.Pending || s.State == gemba.Left {
			continue
		}
		reached = max(reached, l.station(s))
	}
	return reached
}
