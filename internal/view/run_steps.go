package view

import "gemba"

// making returns the steps before the first stage: build and tests.
func making(run gemba.Run) []gemba.Step {
	var steps []gemba.Step
	for _, s := range run.Steps {
		if s.Stage == "" {
			steps = append(steps, s)
		}
	}
	return steps
}

// stages returns the steps of each stage, in the order of the run.
func stages(run gemba.Run) [][]gemba.Step {
	var all [][]gemba.Step
	for _, s := range run.Steps {
		switch {
		case s.Stage == "":
		case len(all) > 0 && all[len(all)-1][0].Stage == s.Stage:
			all[len(all)-1] = append(all[len(all)-1], s)
		default:
			all = append(all, []gemba.Step{s})
		}
	}
	return all
}

func ofKind(steps []gemba.Step, kind gemba.StepKind) []gemba.Step {
	var some []gemba.Step
	for _, s := range steps {
		if s.Kind == kind {
			some = append(some, s)
		}
	}
	return some
}

// over reports whether nothing more will happen in any of the steps.
func over(steps []gemba.Step) bool {
	for _, s := range steps {
		if !s.State.Over() {
			return false
		}
	}
	return true
}

// begun reports whether anything happened in any of the steps.
func begun(steps []gemba.Step) bool {
	for _, s := range steps {
		if s.State != gemba.Pending && s.State != gemba.Left {
			return true
		}
	}
	return false
}

// stopped reports whether the line stopped in one of the steps, so that its log matters.
func stopped(s gemba.Step) bool {
	return s.State == gemba.Broken || s.State == gemba.Errored || s.State == gemba.Asking
}

// name is what a step is called beside the others of its run: a single test
// suite is "test", whatever it is named.
func name(s gemba.Step, run gemba.Run) string {
	switch {
	case s.Kind == gemba.StepBuild:
		return "build"
	case s.Kind == gemba.StepTest && len(ofKind(run.Steps, gemba.StepTest)) == 1:
		return "test"
	}
	return s.Name
}
