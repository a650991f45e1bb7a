package e2e

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"gemba"
)

// comparison holds a plan against what became of a host.
type comparison struct {
	members       map[string]member
	before, after *snapshot
	differ        map[string]bool // entries of the snapshots that are not the same
	explained     map[string]bool
	wrong         []string
	texts         map[string]map[string]int // by path and line, how many more of it there will be
}

// compare returns what a plan did not tell, and what it told and did not happen.
func compare(p *profile, plan gemba.HostPlan, before, after *snapshot) []string {
	c := &comparison{members: p.members, before: before, after: after, differ: map[string]bool{}, explained: map[string]bool{}, texts: map[string]map[string]int{}}
	for _, key := range before.differences(after) {
		c.differ[key] = true
	}
	for _, change := range plan.Changes {
		c.change(change)
	}
	c.packages(plan)
	c.lines()
	for _, key := range before.differences(after) {
		if !c.explained[key] {
			c.wrong = append(c.wrong, fmt.Sprintf("no change of the plan tells of: %s: %q → %q", key, before.has[key], after.has[key]))
		}
	}
	return c.wrong
}

// may explains entries that a change can touch: one by its name, or all that begin with a text that ends in "*".
func (c *comparison) may(patterns ...string) {
	for _, pattern := range patterns {
		prefix, all := strings.CutSuffix(pattern, "*")
		for key := range c.differ {
			if key == pattern || all && strings.HasPrefix(key, prefix) {
				c.explained[key] = true
			}
		}
	}
}

// must explains one entry, and wants it to differ.
func (c *comparison) must(change gemba.Change, key string) {
	c.may(key)
	if !c.differ[key] && change.May == "" {
		c.wrong = append(c.wrong, fmt.Sprintf("%s of %s was planned, and %s is still %q", change.Action, change.Resource, key, c.before.has[key]))
	}
}

// becomes is must, and the value is the planned one.
func (c *comparison) becomes(change gemba.Change, key, to string) {
	c.must(change, key)
	c.holds(change, key, to)
}

func (c *comparison) holds(change gemba.Change, key, to string) {
	if now := c.after.has[key]; now != to && change.May == "" {
		c.wrong = append(c.wrong, fmt.Sprintf("%s was planned to have %s %q, and has %q", change.Resource, key, to, now))
	}
}

// change explains what one change of a plan does.
func (c *comparison) change(change gemba.Change) {
	m := c.members[change.Resource]
	if change.Action == gemba.ActionRestart || change.Action == gemba.ActionReload {
		key := "unit " + unitName(m.name) + " invocation"
		if c.may(key); change.Action == gemba.ActionRestart {
			c.must(change, key)
		}
		return
	}
	switch m.kind {
	case "file", "directory":
		c.file(change, m)
	case "line", "block", "ini":
		c.must(change, "file "+m.path+" content")
		if change.Action == gemba.ActionCreate {
			c.may("file " + m.path + " *")
		}
		c.text(change, m)
	case "cron":
		c.may("file " + m.path + " *")
		if change.Action != gemba.ActionUpdate {
			c.must(change, "file "+m.path+" type")
		}
	case "user":
		c.user(change, m)
	case "group":
		c.group(change, m)
	case "authorized_key":
		home := c.after.has["user "+m.user+" home"]
		c.must(change, "file "+home+"/.ssh/authorized_keys content")
		c.may("file "+home+"/.ssh/authorized_keys *", "file "+home+"/.ssh *")
	case "package": // all of them together
	case "unit":
		c.unit(change, m)
	case "sysctl":
		for _, d := range change.Diffs {
			if d.Attribute == "running" {
				c.becomes(change, "sysctl "+m.name+" running", d.To)
			}
		}
		kept := "file /etc/sysctl.d/60-gemba-" + m.name + ".conf "
		if slices.ContainsFunc(change.Diffs, func(d gemba.Diff) bool { return d.Attribute == "kept" }) {
			c.must(change, kept+"content")
			c.may(kept + "*")
		}
	case "command":
		if strings.HasPrefix(m.path, "/tmp/") {
			return // not looked at
		}
		c.must(change, "file "+m.path+" type")
		c.may("file " + m.path + " *")
	default:
		c.wrong = append(c.wrong, change.Resource+" is in the plan, and not in the profile")
	}
}

func (c *comparison) file(change gemba.Change, m member) {
	at := "file " + m.name + " "
	switch change.Action {
	case gemba.ActionCreate, gemba.ActionRemove:
		c.must(change, at+"type")
		c.may(at + "*")
		if change.Action == gemba.ActionCreate {
			for _, aspect := range []string{"owner", "group"} {
				if !slices.ContainsFunc(change.Diffs, func(d gemba.Diff) bool { return d.Attribute == aspect }) {
					c.holds(change, at+aspect, "0")
				}
			}
		}
		if change.Action == gemba.ActionRemove && m.kind == "directory" {
			c.may("file " + m.name + "/*")
		}
	}
	for _, d := range change.Diffs {
		switch d.Attribute {
		case "type", "link":
			if change.Action == gemba.ActionUpdate {
				c.becomes(change, at+d.Attribute, d.To)
				if c.before.has[at+"type"] != c.after.has[at+"type"] {
					c.may(at + "*")
				}
			}
		case "content":
			c.must(change, at+"content")
			if short, _, _ := strings.Cut(d.To, ","); !strings.HasPrefix(c.after.has[at+"content"], short) {
				c.wrong = append(c.wrong, fmt.Sprintf("%s was planned to hold %s, and holds %s", change.Resource, short, c.after.has[at+"content"]))
			}
		case "mode":
			c.holds(change, at+"mode", d.To)
			c.may(at + "mode")
			if change.Action == gemba.ActionUpdate {
				c.must(change, at+"mode")
			}
		case "owner", "group":
			c.holds(change, at+d.Attribute, c.number(d.Attribute, d.To))
			c.may(at + d.Attribute)
			if change.Action == gemba.ActionUpdate {
				c.owned(change, at, d)
			}
		case "purge":
			c.must(change, "file "+path.Join(m.name, d.From)+" type")
			c.may("file "+path.Join(m.name, d.From)+" *", "file "+path.Join(m.name, d.From)+"/*")
		case "recurse":
			for key := range c.differ {
				if strings.HasPrefix(key, "file "+m.name+"/") && regexp.MustCompile(` (mode|owner|group)$`).MatchString(key) {
					c.explained[key] = true
				}
			}
		case "parents":
			for _, parent := range strings.Split(d.To, ", ") {
				c.must(change, "file "+parent+" type")
				c.may("file " + parent + " *")
			}
		}
	}
}

// owned wants another number, unless only the account behind the number is another one.
func (c *comparison) owned(change gemba.Change, at string, d gemba.Diff) {
	if c.before.has[at+d.Attribute] != c.number(d.Attribute, d.To) {
		c.must(change, at+d.Attribute)
	}
}

// number is that of an owner or group after the change.
func (c *comparison) number(attribute, name string) string {
	if attribute == "owner" {
		return c.after.has["user "+name+" uid"]
	}
	return c.after.has["group "+name+" gid"]
}

func (c *comparison) user(change gemba.Change, m member) {
	at := "user " + m.name + " "
	switch change.Action {
	case gemba.ActionCreate:
		c.must(change, at+"uid")
		c.may(at+"*", "group "+m.name+" *")
		c.homeOf(m.name)
	case gemba.ActionRemove:
		c.must(change, at+"uid")
		c.may(at+"*", "group "+m.name+" *")
		c.membership(m.name, "") // it is taken out of every group
	}
	for _, d := range change.Diffs {
		switch d.Attribute {
		case "uid", "home", "shell", "comment":
			if change.Action == gemba.ActionUpdate {
				c.becomes(change, at+d.Attribute, d.To)
			} else if change.Action == gemba.ActionCreate {
				c.holds(change, at+d.Attribute, d.To)
			}
			if d.Attribute == "uid" && change.Action == gemba.ActionUpdate {
				c.ownedBelow(c.after.has[at+"home"], "owner") // usermod gives it what is in its home
			}
			if d.Attribute == "home" && d.To == "" {
				c.may("file "+d.From+" *", "file "+d.From+"/*")
			}
		case "group":
			c.holds(change, at+"gid", c.number("group", d.To))
			c.may(at + "gid")
			c.ownedBelow(c.after.has[at+"home"], "group")
		case "groups":
			c.membership(m.name, d.To)
		case "create_home":
			c.must(change, "file "+d.To+" type")
			c.homeOf(m.name)
		case "password", "locked":
			c.may(at + "password")
			if change.Action == gemba.ActionUpdate {
				c.must(change, at+"password")
			}
		case "expires":
			c.may(at + "expires")
			if change.Action == gemba.ActionUpdate {
				c.must(change, at+"expires")
			}
		}
	}
}

// homeOf explains a home directory that is made, with what every new user gets.
func (c *comparison) homeOf(name string) {
	if home := c.after.has["user "+name+" home"]; home != "" && c.before.has["file "+home+" type"] == "" {
		c.may("file "+home+" *", "file "+home+"/.bash*", "file "+home+"/.profile*")
	}
}

func (c *comparison) ownedBelow(home, aspect string) {
	for key := range c.differ {
		if (strings.HasPrefix(key, "file "+home+"/") || strings.HasPrefix(key, "file "+home+" ")) && strings.HasSuffix(key, " "+aspect) {
			c.explained[key] = true
		}
	}
}

// membership explains that a user is in other groups: only its name may come or go.
func (c *comparison) membership(user, planned string) {
	for key := range c.differ {
		if !strings.HasPrefix(key, "group ") || !strings.HasSuffix(key, " members") {
			continue
		}
		c.explained[key] = c.explained[key] || slices.Equal(without(c.before.has[key], user), without(c.after.has[key], user)) || c.explainable(key)
		group := strings.Fields(key)[1]
		if c.after.has["group "+group+" gid"] == "" {
			continue // the plan tells elsewhere that the whole group goes
		}
		if planned != "" && slices.Contains(strings.Split(planned, ", "), group) != slices.Contains(strings.Split(c.after.has[key], ","), user) {
			c.wrong = append(c.wrong, fmt.Sprintf("user %s was planned to be in %s, and %s has %q", user, planned, group, c.after.has[key]))
		}
	}
}

// explainable reports whether everybody who came or went is somebody whom a profile declares.
func (c *comparison) explainable(key string) bool {
	for _, name := range append(strings.Split(c.before.has[key], ","), strings.Split(c.after.has[key], ",")...) {
		_, declared := c.members["user."+name]
		was, is := slices.Contains(strings.Split(c.before.has[key], ","), name), slices.Contains(strings.Split(c.after.has[key], ","), name)
		if name != "" && was != is && !declared {
			return false
		}
	}
	return true
}

func without(members, name string) []string {
	return slices.DeleteFunc(strings.Split(members, ","), func(m string) bool { return m == name || m == "" })
}

func (c *comparison) group(change gemba.Change, m member) {
	at := "group " + m.name + " "
	if change.Action != gemba.ActionUpdate {
		c.must(change, at+"gid")
		c.may(at + "gid")
		if change.Action == gemba.ActionRemove {
			c.may(at + "*")
		}
		if change.Action == gemba.ActionCreate && c.after.has[at+"members"] == "" {
			c.may(at + "members") // an empty field
		}
	}
	for _, d := range change.Diffs {
		switch {
		case d.Attribute == "gid" && change.Action == gemba.ActionUpdate:
			c.becomes(change, at+"gid", d.To)
			for key := range c.differ { // those whose primary group it is
				if strings.HasPrefix(key, "user ") && strings.HasSuffix(key, " gid") && c.after.has[key] == d.To && c.before.has[key] == d.From {
					c.explained[key] = true
				}
			}
		case d.Attribute == "gid" && change.Action == gemba.ActionCreate:
			c.holds(change, at+"gid", d.To)
		case d.Attribute == "members":
			c.becomes(change, at+"members", strings.ReplaceAll(d.To, ", ", ","))
		}
	}
}
