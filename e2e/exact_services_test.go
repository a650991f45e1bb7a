package e2e

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"gemba"
)

func unitName(name string) string {
	if path.Ext(name) == "" {
		return name + ".service"
	}
	return name
}

func (c *comparison) unit(change gemba.Change, m member) {
	name := unitName(m.name)
	at, file, dropIn := "unit "+name+" ", "/etc/systemd/system/"+name, "/etc/systemd/system/"+name+".d"
	if change.Because != "" {
		c.may(at + "invocation") // it is changed, and told as well
	}
	for _, d := range change.Diffs {
		switch d.Attribute {
		case "running":
			c.must(change, at+"active")
			c.may(at + "invocation")
			if now := c.after.has[at+"active"] == "active"; now != (d.To == "running") && change.May == "" {
				c.wrong = append(c.wrong, fmt.Sprintf("%s was planned to be %s, and is %q", change.Resource, d.To, c.after.has[at+"active"]))
			}
		case "enabled":
			c.may(at + "enabled")
			if linked := "file /etc/systemd/system/multi-user.target.wants/" + name + " type"; c.differ[linked] { // of a file that has gone only the link is left
				c.explained[linked] = true
			} else {
				c.must(change, at+"enabled")
			}
			for key := range c.differ { // the links that its [Install] section asks for
				if strings.HasPrefix(key, "file /etc/systemd/system/") && strings.Contains(key, ".wants") && (strings.Contains(key, "/"+name+" ") || strings.Contains(key, ".wants ")) {
					c.explained[key] = true
				}
			}
		case "content":
			c.must(change, "file "+file+" content")
			c.may("file "+file+" *", at+"enabled", at+"invocation")
		case "override":
			c.must(change, "file "+dropIn+"/10-gemba.conf content")
			c.may("file "+dropIn+" *", "file "+dropIn+"/10-gemba.conf *", at+"invocation")
		case "masked":
			c.must(change, at+"enabled")
			c.may("file " + file + " *")
		case "process", "loaded":
			c.may(at + "invocation")
		}
	}
}

// packages explains what packages do, those that are pulled in included. What apt was seen to do has to be what the plan told, to the
// version; then what dpkg lists of them, and what their scripts make of it, is explained.
func (c *comparison) packages(plan gemba.HostPlan) {
	told := map[string]string{} // the version that a package will have; "" for one that goes
	uncertain := false
	for _, change := range plan.Changes {
		m := c.members[change.Resource]
		if m.kind != "package" {
			continue
		}
		at := "package " + m.name + " "
		uncertain = uncertain || change.May != ""
		for _, d := range change.Diffs {
			switch d.Attribute {
			case "version":
				told[m.name] = d.To
				c.becomes(change, at+"version", d.To)
				c.may(at+"state", at+"hold")
			case "hold":
				c.may(at + "hold")
				if c.before.has[at+"version"] != "" { // of one that is not there dpkg tells nothing
					c.must(change, at+"hold")
				}
			case "configuration":
				told[m.name] = ""
				c.must(change, at+"state")
				c.may(at + "hold")
			case "pulls":
				list, _, _ := strings.Cut(d.To, " (together with ")
				for _, one := range strings.Split(list, ", ") {
					words := strings.Fields(one)
					if strings.HasSuffix(one, " is removed") {
						told[words[0]] = ""
					} else {
						told[words[0]] = words[len(words)-1]
					}
				}
			}
		}
	}
	for name, version := range told {
		at := "package " + name + " "
		if now := c.after.has[at+"version"]; now != version && !uncertain {
			c.wrong = append(c.wrong, fmt.Sprintf("package %s was planned to be %q, and is %q", name, version, now))
		}
		c.may(at+"version", at+"state")
		c.brought(name)
	}
}

// brought explains the files and units of a package that has changed, and what its scripts register: alternatives, links of services.
func (c *comparison) brought(name string) {
	lists := append(slices.Clone(c.before.lists[name]), c.after.lists[name]...)
	for _, p := range lists {
		c.may("file " + p + " *")
		base := path.Base(p)
		switch path.Ext(base) {
		case ".service", ".timer", ".socket":
			c.may("unit "+base+" *", "file /etc/systemd/system/multi-user.target.wants/"+base+" *", "file /etc/systemd/system/timers.target.wants/"+base+" *")
		}
		if own := len(c.before.owners[p]) <= 1 && len(c.after.owners[p]) <= 1; own && strings.Count(p, "/") >= 2 && (c.before.has["file "+p+" type"] == "directory" || c.after.has["file "+p+" type"] == "directory") {
			c.may("file " + p + "/*") // what is in a directory that is its alone
		}
		if strings.HasPrefix(p, "/etc/init.d/") {
			for key := range c.differ {
				if strings.HasPrefix(key, "file /etc/rc") && strings.Contains(key, base+" ") {
					c.explained[key] = true
				}
			}
		}
	}
	for _, p := range append(slices.Clone(c.before.scripts[name]), c.after.scripts[name]...) {
		c.may("file " + p + " *")
	}
	c.may("file /etc/alternatives/*")
}
