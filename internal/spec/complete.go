package spec

import (
	"time"

	"gemba"
)

// verifyTimeout is the time of a verify that is not declared.
const verifyTimeout = gemba.Duration(10 * time.Second)

// Complete gives every service without a pipeline the default one, from the
// environments that the declaration has. Decode does it by itself; it is there for
// a declaration whose services come from elsewhere than its environments.
func Complete(declaration *gemba.Declaration) {
	for _, s := range declaration.Services {
		if _, declared := declaration.Pipeline(s.Name); !declared {
			declaration.Pipelines = append(declaration.Pipelines, defaultPipeline(s, declaration.Environments))
		}
	}
}

// defaultPipeline leads through the copies of the last environment that is no
// copy, the farthest first, and then to itself.
func defaultPipeline(s gemba.Service, environments []gemba.Environment) gemba.Pipeline {
	p := gemba.Pipeline{Service: s.Name, Stages: []gemba.Stage{}}
	last := -1
	for i, e := range environments {
		if _, deployed := e.Deploy(s.Name); deployed && e.CopyOf == "" {
			last = i
		}
	}
	if last < 0 {
		return p
	}
	for _, e := range before(environments[last], environments) {
		if _, deployed := e.Deploy(s.Name); deployed {
			p.Stages = append(p.Stages, gemba.Stage{Name: e.Name, Environment: e.Name, Verifies: defaultVerifies(s)})
		}
	}
	return p
}

// before returns the copies of an environment, copies of copies first, and
// the environment itself at the end.
func before(original gemba.Environment, environments []gemba.Environment) []gemba.Environment {
	var list []gemba.Environment
	for _, e := range environments {
		if e.CopyOf == original.Name {
			list = append(list, before(e, environments)...)
		}
	}
	return append(list, original)
}

func defaultVerifies(s gemba.Service) []gemba.Verify {
	for _, p := range s.Processes {
		switch {
		case p.Kind == gemba.Static:
			return []gemba.Verify{{Name: "front", HTTP: "/", Timeout: verifyTimeout}}
		case p.Kind == gemba.Web && p.Health != nil && p.Health.Kind == gemba.CheckHTTP:
			return []gemba.Verify{{Name: "front", HTTP: p.Health.Path, Expect: p.Health.Expect, Contains: p.Health.Contains, Timeout: verifyTimeout}}
		}
	}
	return nil
}
