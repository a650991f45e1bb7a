package spec

import (
	"path"

	"gemba"
)

// services builds the services that are declared.
func (d *decoder) services(blocks []*node) []gemba.Service {
	var services []gemba.Service
	for _, n := range blocks {
		services = append(services, d.service(n))
	}
	return services
}

func (d *decoder) service(n *node) gemba.Service {
	s := gemba.Service{
		Name: n.label, Owner: value[string](n, "owner"), Dir: path.Dir(n.header.Filename),
		Build: d.recipe(n.one("build")),
	}
	if data := n.one("data"); data != nil {
		s.Data = &gemba.Data{Shared: value[bool](data, "shared")}
	}
	for _, t := range n.all("test") {
		s.Tests = append(s.Tests, d.test(t))
	}
	s.Processes = d.processes(n, s.Data)
	return s
}

func (d *decoder) recipe(n *node) gemba.Recipe {
	r := gemba.Recipe{
		Run: value[string](n, "run"), Output: value[[]string](n, "output"), Inputs: value[[]string](n, "inputs"),
		Budget: value[gemba.Duration](n, "budget"), Network: value[bool](n, "network"), Cache: value[[]string](n, "cache"),
		Inherit: value[[]string](n, "inherit"), Tools: value[[]string](n, "tools"),
		Env: value[map[string]gemba.Value](n, "env"), LogLimit: value[int64](n, "log_limit"),
	}
	switch {
	case len(r.Output) > 0 || n.has("output") && n.values["output"] == nil:
	case n.has("run") && r.Run != "":
		d.fail(n.header, "`build` needs `output`", "A script makes files; which of them go into the artifact has to be named.", "Add `output = [\"out/app\"]`, or `output = [\"**\"]` for all files.")
	default:
		r.Output = []string{"**"}
	}
	return r
}

func (d *decoder) test(n *node) gemba.Test {
	t := gemba.Test{
		Name: n.label, Run: value[string](n, "run"), Report: value[gemba.Report](n, "report"),
		Network: value[bool](n, "network"), Env: value[map[string]gemba.Value](n, "env"),
	}
	for _, c := range n.all("beside") {
		t.With = append(t.With, gemba.Companion{
			Name: c.label, Command: value[[]gemba.Value](c, "command"),
			Env: value[map[string]gemba.Value](c, "env"), Port: value[int](c, "port"),
		})
	}
	return t
}
