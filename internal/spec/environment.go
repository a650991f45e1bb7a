package spec

import (
	"sort"
	"strings"

	"gemba"
)

// environments builds the environments, copies expanded.
func (d *decoder) environments(blocks []*node, services []gemba.Service) []gemba.Environment {
	if len(blocks) == 0 {
		return impliedEnvironments(services)
	}
	c := copies{decoder: d, services: services, blocks: map[string]*node{}, done: map[string]*gemba.Environment{}}
	for _, n := range blocks {
		c.blocks[n.label] = n
	}
	var environments []gemba.Environment
	for _, n := range blocks {
		if e := c.expand(n.label, nil); e != nil {
			environments = append(environments, *e)
		}
	}
	d.distinctAddresses(blocks)
	d.distinctHosts(blocks)
	return environments
}

// impliedEnvironments are those of a declaration that names none.
func impliedEnvironments(services []gemba.Service) []gemba.Environment {
	return []gemba.Environment{
		{Name: production, Deploys: deployAll(services, true)},
		{Name: staging, CopyOf: production, Deploys: deployAll(services, false)},
	}
}

// deployAll deploys every service that has something to run.
func deployAll(services []gemba.Service, schedules bool) []gemba.Deploy {
	var deploys []gemba.Deploy
	for _, s := range services {
		if len(s.Processes) > 0 {
			deploys = append(deploys, gemba.Deploy{Service: s.Name, Schedules: schedules})
		}
	}
	return deploys
}

// copies expands environments that copy others.
type copies struct {
	*decoder
	services []gemba.Service
	blocks   map[string]*node
	done     map[string]*gemba.Environment // nil: part of a cycle
}

// expand returns an environment with everything that it inherits; way are
// the copies that led here. It is nil in a cycle.
func (c *copies) expand(name string, way []string) *gemba.Environment {
	if e, known := c.done[name]; known {
		return e
	}
	n, declared := c.blocks[name]
	if !declared {
		return nil
	}
	for i, passed := range way {
		if passed == name {
			circle := append(append([]string{}, way[i:]...), name)
			c.fail(n.at("copy_of"), "environments copy each other in a circle", "The circle is "+strings.Join(circle, " → ")+".", "One of them has to stand on its own: take its `copy_of` out.")
			for _, member := range way[i:] {
				c.done[member] = nil
			}
			return nil
		}
	}
	e := &gemba.Environment{Name: name, CopyOf: value[string](n, "copy_of")}
	switch {
	case e.CopyOf != "":
		original := c.expand(e.CopyOf, append(way, name))
		if known, closed := c.done[name]; closed {
			return known
		}
		if original != nil {
			e.Deploys, e.Groups = c.inherit(n, original), c.groups(n, original.Groups)
		}
	case len(n.all("deploy")) == 0 && !n.has("copy_of"):
		e.Deploys, e.Groups = deployAll(c.services, true), c.groups(n, nil)
	default:
		e.Groups = c.groups(n, nil)
		for _, block := range n.all("deploy") {
			e.Deploys = append(e.Deploys, c.deploy(block, gemba.Deploy{Service: block.label, Schedules: true}))
		}
	}
	c.done[name] = e
	return e
}

// inherit takes over the deploys of the original, except for what must never be copied.
func (c *copies) inherit(n *node, original *gemba.Environment) []gemba.Deploy {
	own := map[string]*node{}
	for _, block := range n.all("deploy") {
		own[block.label] = block
	}
	var deploys []gemba.Deploy
	for _, from := range original.Deploys {
		block := own[from.Service]
		deploys = append(deploys, c.copyDeploy(n, block, original.Name, from))
		delete(own, from.Service)
	}
	for _, block := range n.all("deploy") {
		if own[block.label] != nil {
			deploys = append(deploys, c.deploy(block, gemba.Deploy{Service: block.label}))
		}
	}
	return deploys
}

// copyDeploy is a deploy without domain, port, schedules and secrets of the
// original, and with what the copy's own block says, if it has one.
func (c *copies) copyDeploy(n, block *node, original string, from gemba.Deploy) gemba.Deploy {
	inherited := gemba.Deploy{Service: from.Service}
	var missing []string
	for name, v := range from.Env {
		if len(v.Secrets()) == 0 {
			inherited.Env = with(inherited.Env, name, v)
		} else if block == nil || value[map[string]gemba.Value](block, "env")[name] == nil {
			missing = append(missing, name)
		}
	}
	sort.Strings(missing)
	at := n
	if block != nil {
		at = block
	}
	unread := block != nil && block.has("env") && block.values["env"] == nil
	for _, name := range missing {
		if !unread {
			c.fail(at.at("env"), "`"+n.label+"` needs a value of its own for "+name, "In `"+original+"` it holds a secret, and a copy never inherits secrets.",
				"Add `deploy \""+from.Service+"\" { env = { "+name+" = … } }` to "+n.title()+".")
		}
	}
	if block == nil {
		return inherited
	}
	return c.deploy(block, inherited)
}

// deploy is what a block says on top of what is inherited.
func (c *copies) deploy(n *node, inherited gemba.Deploy) gemba.Deploy {
	c.knownService(n.label, n.header)
	for _, s := range c.services {
		if s.Name == n.label && s.Data == nil && anyOf(value[map[string]gemba.Value](n, "env"), "data") {
			c.fail(n.at("env"), "service `"+n.label+"` keeps no data", "${data} is the directory that a block `data` asks for.", "Add `data {}` to the service, or take ${data} out.")
		}
	}
	inherited.Domain = value[string](n, "domain")
	inherited.Port = value[int](n, "port")
	for name, v := range value[map[string]gemba.Value](n, "env") {
		inherited.Env = with(inherited.Env, name, v)
	}
	if n.has("schedules") {
		inherited.Schedules = value[bool](n, "schedules")
	}
	return inherited
}

func with(env map[string]gemba.Value, name string, v gemba.Value) map[string]gemba.Value {
	if env == nil {
		env = map[string]gemba.Value{}
	}
	env[name] = v
	return env
}

// distinctAddresses complains about a domain or port that two deploys claim.
func (d *decoder) distinctAddresses(blocks []*node) {
	taken := map[any]*node{}
	for _, n := range blocks {
		for _, deploy := range n.all("deploy") {
			if deploy.has("domain") && deploy.has("port") {
				d.fail(deploy.at("port"), "`domain` and `port` exclude each other", "A service is reached by a domain, or on a port of loopback.", "Keep one of the two.")
			}
			for _, name := range []string{"domain", "port"} {
				address, read := deploy.values[name]
				if !read {
					continue
				}
				if first := taken[address]; first != nil {
					d.fail(deploy.at(name), "this "+name+" is taken", "It is claimed before at "+place(first.at(name))+".", "Give each deploy a "+name+" of its own.")
					continue
				}
				taken[address] = deploy
			}
		}
	}
}
