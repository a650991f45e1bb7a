package spec

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"gemba"
)

// processes builds the processes of a service, whose data they may need.
func (d *decoder) processes(service *node, data *gemba.Data) []gemba.Process {
	var processes []gemba.Process
	var front *node
	for _, n := range service.all("process") {
		p := d.process(n, data)
		if p.Kind == gemba.Web || p.Kind == gemba.Static {
			if front != nil {
				d.fail(n.header, "a service has one way in", front.title()+" at "+place(front.header)+" is reached from outside already.",
					"Declare a service of its own for "+n.title()+", or `kind = \"worker\"`.")
			}
			front = n
		}
		processes = append(processes, p)
	}
	return processes
}

func (d *decoder) process(n *node, data *gemba.Data) gemba.Process {
	p := gemba.Process{
		Name: n.label, Command: value[[]gemba.Value](n, "command"), Health: d.health(n),
		Cron: value[string](n, "cron"), Root: value[string](n, "root"), Metrics: value[string](n, "metrics"),
		StopTimeout: value[gemba.Duration](n, "stop_timeout"), Env: value[map[string]gemba.Value](n, "env"),
	}
	p.Kind = processKind(n, p)
	d.fits(n, p)
	d.needsData(n, p, data)
	if p.Kind == gemba.Web && p.Health == nil {
		p.Health = d.timed(gemba.Check{Kind: gemba.CheckTCP})
	}
	p.Replace = d.replace(n, p, data)
	return p
}

// processKind is the kind that is named, or the one that everything else speaks for.
func processKind(n *node, p gemba.Process) gemba.ProcessKind {
	named := gemba.ProcessKind(value[string](n, "kind"))
	label := gemba.ProcessKind(n.label)
	switch {
	case named != "":
		return named
	case label == gemba.Web, label == gemba.Worker, label == gemba.Schedule, label == gemba.Static:
		return label
	case n.has("cron"):
		return gemba.Schedule
	case n.has("root"):
		return gemba.Static
	case n.has("health"), n.one("health") != nil, uses(p, "port"):
		return gemba.Web
	}
	return gemba.Worker
}

// fits holds the settings of a process against its kind.
func (d *decoder) fits(n *node, p gemba.Process) {
	kind := string(p.Kind)
	needs := map[gemba.ProcessKind]string{gemba.Web: "command", gemba.Worker: "command", gemba.Schedule: "command", gemba.Static: "root"}
	d.needs(n, kind, needs[p.Kind])
	if p.Kind == gemba.Schedule {
		d.needs(n, kind, "cron")
	}
	foreign := map[gemba.ProcessKind][]string{
		gemba.Web:      {"cron", "root"},
		gemba.Worker:   {"cron", "root"},
		gemba.Schedule: {"root", "health", "metrics", "replace"},
		gemba.Static:   {"command", "cron", "health", "metrics", "env", "replace", "stop_timeout"},
	}
	for _, name := range foreign[p.Kind] {
		if n.has(name) || n.one(name) != nil {
			d.fail(n.at(name), "`"+name+"` means nothing for a process of kind `"+kind+"`", n.title()+" is of that kind.", "Take it out, or set `kind`.")
		}
	}
	if p.Kind == gemba.Worker && p.Health != nil && p.Health.Kind != gemba.CheckCommand {
		d.fail(n.at("health"), "a worker has no port to ask", n.title()+" is of kind `worker`.", "Use `health = command(\"…\")`, or set `kind = \"web\"`.")
	}
	if p.Kind != gemba.Web && uses(p, "port") {
		d.fail(user(n, p, "port"), "only a process of kind `web` has a port", n.title()+" is of kind `"+kind+"`.", "Set `kind = \"web\"`, or take ${port} out.")
	}
}

func (d *decoder) needs(n *node, kind, name string) {
	a, _ := n.block.attribute(name)
	if !n.has(name) {
		d.fail(n.header, n.title()+" needs `"+name+"`", "It is of kind `"+kind+"`. Expected "+a.kind.expect+".", "Add `"+name+" = "+a.example+"`.")
	}
}

func (d *decoder) needsData(n *node, p gemba.Process, data *gemba.Data) {
	if data == nil && uses(p, "data") {
		d.fail(user(n, p, "data"), "the service keeps no data", "${data} is the directory that a block `data` asks for.", "Add `data {}` to the service.")
	}
}

// replace is how a release of this process takes the place of the one before.
func (d *decoder) replace(n *node, p gemba.Process, data *gemba.Data) gemba.Replace {
	alone := data != nil && !data.Shared
	if declared := gemba.Replace(value[string](n, "replace")); declared != "" {
		if declared == gemba.BlueGreen && alone {
			d.fail(n.at("replace"), "blue-green would have two writers of the same data", "The old and the new release run at the same time, and the service's data is not shared.",
				"Declare `data { shared = true }` if it bears two writers, or take `replace` out.")
		}
		return declared
	}
	switch {
	case p.Kind == gemba.Static:
		return gemba.BlueGreen // nothing starts or stops: the edge switches
	case p.Kind == gemba.Web && !alone:
		return gemba.BlueGreen
	}
	return gemba.StopFirst
}

// uses reports whether a process names `port` or `data`.
func uses(p gemba.Process, name string) bool {
	return slices.ContainsFunc(p.Command, mentions(name)) || anyOf(p.Env, name)
}

// user is the place where a process names `port` or `data`.
func user(n *node, p gemba.Process, name string) hcl.Range {
	if slices.ContainsFunc(p.Command, mentions(name)) {
		return n.at("command")
	}
	return n.at("env")
}

func anyOf(env map[string]gemba.Value, name string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(env)), mentions(name))
}

// mentions tells the values that hold `port` or `data`.
func mentions(name string) func(gemba.Value) bool {
	return func(v gemba.Value) bool {
		return slices.ContainsFunc(v, func(part gemba.Part) bool { return part.Var == name })
	}
}
