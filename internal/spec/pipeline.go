package spec

import (
	"github.com/hashicorp/hcl/v2"

	"gemba"
)

// pipelines builds the pipelines that are declared.
func (d *decoder) pipelines(blocks []*node, declaration *gemba.Declaration) []gemba.Pipeline {
	var pipelines []gemba.Pipeline
	for _, n := range blocks {
		d.knownService(n.label, n.header)
		p := gemba.Pipeline{Service: n.label, Stages: []gemba.Stage{}}
		for _, stage := range n.all("stage") {
			p.Stages = append(p.Stages, d.stage(stage, n.label, declaration))
		}
		pipelines = append(pipelines, p)
	}
	return pipelines
}

func (d *decoder) stage(n *node, service string, declaration *gemba.Declaration) gemba.Stage {
	s := gemba.Stage{Name: n.label, Environment: d.stageEnvironment(n)}
	if e, built := declaration.Environment(s.Environment); built {
		if _, deployed := e.Deploy(service); !deployed {
			d.fail(n.at("environment"), "`"+s.Environment+"` does not deploy `"+service+"`", "A stage places a release in its environment.",
				"Add `deploy \""+service+"\" {}` to `environment \""+s.Environment+"\"`, or take the stage out.")
		}
	}
	steps := map[string]hcl.Range{"deploy": {}}
	for _, t := range n.all("task") {
		d.distinctStep(steps, t)
		s.Tasks = append(s.Tasks, gemba.Task{
			Name: t.label, Run: value[string](t, "run"), Once: value[bool](t, "once"), Timeout: value[gemba.Duration](t, "timeout"),
		})
	}
	for _, v := range n.all("verify") {
		d.distinctStep(steps, v)
		s.Verifies = append(s.Verifies, d.verify(v))
	}
	return s
}

// stageEnvironment is the environment that a stage names, or the one with its name.
func (d *decoder) stageEnvironment(n *node) string {
	if n.has("environment") {
		return value[string](n, "environment")
	}
	if !d.names.has("environment", n.label) {
		d.fail(n.header, n.title()+" needs `environment`", "There is no environment `"+n.label+"` that it could mean.",
			suggest(n.label, prefixed("environment", d.names.of("environment")), "Add `environment = environment.production`."))
	}
	return n.label
}

// distinctStep complains about a task or verify whose name is taken in its stage.
func (d *decoder) distinctStep(steps map[string]hcl.Range, n *node) {
	first, taken := steps[n.label]
	if !taken {
		steps[n.label] = n.header
		return
	}
	why := "Every stage has a step of that name: the one that places the release."
	if first.Filename != "" {
		why = "Another step of this stage has it, at " + place(first) + "."
	}
	d.fail(n.header, "the name `"+n.label+"` is taken in this stage", why, "Give it another name.")
}

func (d *decoder) verify(n *node) gemba.Verify {
	if n.has("http") == n.has("run") {
		d.fail(n.header, n.title()+" needs one question", "Expected either `http` or `run`.", "For example `http = \"/\"`.")
	}
	d.onlyWith(n, "http", "expect", "contains")
	return gemba.Verify{
		Name: n.label, HTTP: value[string](n, "http"), Expect: value[int](n, "expect"), Contains: value[string](n, "contains"),
		Run: value[string](n, "run"), Timeout: value[gemba.Duration](n, "timeout"),
	}
}
