package pipeline

import "gemba"

// Plan is what a run was accepted with. It is kept with the run, so that a change of the
// declaration in between, or a restart, does not change what the run does.
type Plan struct {
	Kind         Kind                 `json:"kind"`
	Service      gemba.Service        `json:"service"`
	Pipeline     gemba.Pipeline       `json:"pipeline"`
	Environments []gemba.Environment  `json:"environments"`
	Secrets      []gemba.SecretSource `json:"secrets,omitempty"`   // their paths absolute
	Dir          string               `json:"dir,omitempty"`       // to converge: the declaration's directory
	Variables    map[string]string    `json:"variables,omitempty"` // to converge: values of declared variables
	Release      gemba.ReleaseID      `json:"release,omitempty"`   // of a rollback: what to place again
}

// Kind is what a run is for.
type Kind string

// The kinds of runs.
const (
	Ship     Kind = "ship"     // a commit through the pipeline
	Rollback Kind = "rollback" // an earlier release back into one environment
	Converge Kind = "converge" // a commit's profiles to the hosts of each environment, the copies first
)

// Environment returns the environment of a stage.
func (p *Plan) Environment(stage string) (gemba.Environment, bool) {
	s, ok := p.Stage(stage)
	if !ok {
		return gemba.Environment{}, false
	}
	for _, e := range p.Environments {
		if e.Name == s.Environment {
			return e, true
		}
	}
	return gemba.Environment{}, false
}

// Stage returns the stage of that name.
func (p *Plan) Stage(name string) (gemba.Stage, bool) {
	for _, s := range p.Pipeline.Stages {
		if s.Name == name {
			return s, true
		}
	}
	return gemba.Stage{}, false
}

// Steps lays out what the run will do, in order.
func (p *Plan) Steps() []gemba.Step {
	var steps []gemba.Step
	add := func(kind gemba.StepKind, stage, name string, once bool) {
		steps = append(steps, gemba.Step{Index: len(steps), Kind: kind, Stage: stage, Name: name, State: gemba.Pending, Once: once})
	}
	if p.Kind == Ship {
		add(gemba.StepBuild, "", "build", false)
		for _, t := range p.Service.Tests {
			add(gemba.StepTest, "", t.Name, false)
		}
	}
	for _, s := range p.Pipeline.Stages {
		if p.Kind == Converge {
			add(gemba.StepConverge, s.Name, "converge", false)
			continue
		}
		if p.Kind == Ship {
			for _, t := range s.Tasks {
				add(gemba.StepTask, s.Name, t.Name, t.Once)
			}
		}
		add(gemba.StepDeploy, s.Name, "deploy", false)
		for _, v := range s.Verifies {
			add(gemba.StepVerify, s.Name, v.Name, false)
		}
	}
	return steps
}
