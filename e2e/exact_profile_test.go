package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// member is one resource of a generated profile: what the comparison has to know of it beside its plan.
type member struct {
	kind, name string
	path       string // that it writes, where that is not its name
	user       string // of a key
}

// profile is a generated profile. Everything in it is drawn from small pools of names, so that what one profile leaves on a host is the
// start of the next one: things are made, altered, left alone and removed in every combination.
type profile struct {
	random   *rand.Rand
	text     strings.Builder
	members  map[string]member // by address
	users    []string          // that are declared and there
	groups   []string
	dirs     []string
	notified []string // units that can be told, as a declaration refers to them
	used     map[string]bool
}

// generate draws a profile of about so many resources as people write of a host.
func generate(random *rand.Rand) *profile {
	p := &profile{random: random, members: map[string]member{}, used: map[string]bool{}}
	p.accounts()
	p.directories()
	p.packages()
	p.units()
	p.files()
	p.texts()
	p.keys()
	p.jobs()
	p.settings()
	p.commands()
	return p
}

// chance is true in so many of a hundred cases.
func (p *profile) chance(percent int) bool { return p.random.IntN(100) < percent }

func (p *profile) one(of ...string) string { return of[p.random.IntN(len(of))] }

// some draws up to n of a pool, each once.
func (p *profile) some(n int, of ...string) []string {
	of = slices.Clone(of)
	p.random.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
	return of[:p.random.IntN(min(n, len(of))+1)]
}

// add writes one resource.
func (p *profile) add(m member, settings ...string) {
	p.members[m.kind+"."+m.name] = m
	p.block(m.kind, m.name, settings...)
}

func (p *profile) block(kind, name string, settings ...string) {
	fmt.Fprintf(&p.text, "  %s %q {\n", kind, name)
	for _, s := range settings {
		if s != "" {
			p.text.WriteString("    " + s + "\n")
		}
	}
	p.text.WriteString("  }\n")
}

// set is a setting with a text.
func set(name, value string) string { return fmt.Sprintf("%s = %q", name, value) }

// perhaps is a setting in so many of a hundred cases.
func (p *profile) perhaps(percent int, setting string) string {
	if p.chance(percent) {
		return setting
	}
	return ""
}

// Declared numbers are out of the range that useradd and groupadd give out, so that none is taken by chance.
const farUID, farGID = 62000, 61000

func (p *profile) accounts() {
	for _, name := range p.some(3, "eg0", "eg1", "eg2") {
		if name != "eg2" && p.chance(20) {
			p.add(member{kind: "group", name: name}, "absent = true")
			continue
		}
		p.groups = append(p.groups, name)
		p.add(member{kind: "group", name: name}, p.perhaps(30, fmt.Sprintf("gid = %d", farGID+p.random.IntN(3)*10+int(name[2]-'0'))), p.perhaps(30, "system = true"))
	}
	for _, name := range p.some(3, "ex0", "ex1", "ex2", "ex3") {
		if p.chance(20) {
			p.add(member{kind: "user", name: name}, "absent = true", p.perhaps(60, "remove_home = true"))
			continue
		}
		p.users = append(p.users, name)
		groups, primary := "", ""
		if len(p.groups) > 0 {
			groups = p.perhaps(50, "groups = [group."+p.one(p.groups...)+p.perhaps(30, `, "adm"`)+"]")
			if slices.Contains(p.groups, "eg2") { // the group that is never absent: one that is somebody's primary group cannot go
				primary = p.perhaps(20, "group = group.eg2")
			}
		}
		p.add(member{kind: "user", name: name}, groups, primary,
			p.perhaps(40, set("shell", p.one("/bin/bash", "/bin/sh", "/usr/sbin/nologin"))),
			p.perhaps(40, set("comment", p.one("Ana Lima", "A service", "")))+"",
			p.perhaps(25, fmt.Sprintf("uid = %d", farUID+p.random.IntN(2)*10+int(name[2]-'0'))),
			p.perhaps(25, "create_home = true"), p.perhaps(25, "locked = "+p.one("true", "false")),
			p.perhaps(15, set("expires", p.one("2031-01-31", "never"))),
			p.perhaps(20, set("password", p.one("$6$a$b", "$6$c$d")+strings.Repeat("x", 84))))
	}
}

// owners are the settings of an owner and a group, of those that the profile makes or that every host has.
func (p *profile) owners() []string {
	var settings []string
	if len(p.users) > 0 && p.chance(40) {
		settings = append(settings, "owner = user."+p.one(p.users...))
	} else if p.chance(30) {
		settings = append(settings, set("owner", "root"))
	}
	if len(p.groups) > 0 && p.chance(30) {
		settings = append(settings, "group = group."+p.one(p.groups...))
	} else if p.chance(30) {
		settings = append(settings, set("group", p.one("www-data", "adm", "root")))
	}
	return settings
}

func (p *profile) directories() {
	p.add(member{kind: "directory", name: "/srv/exact"}, p.perhaps(50, set("mode", "0755")))
	p.dirs = append(p.dirs, "/srv/exact")
	for _, name := range p.some(4, "/srv/exact/a", "/srv/exact/b", "/etc/exact.d", "/usr/local/share/exact", "/srv/exact/c") {
		if p.chance(15) {
			p.add(member{kind: "directory", name: name}, "absent = true", "force = true")
			continue
		}
		p.add(member{kind: "directory", name: name}, append(p.owners(), p.perhaps(60, set("mode", p.one("0755", "0750", "0700", "2775", "u=rwx,go=rx"))), p.perhaps(15, "purge = true"))...)
		p.dirs = append(p.dirs, name)
	}
	if p.chance(15) { // what is in it was put there by hand
		p.add(member{kind: "directory", name: "/srv/exact-all"}, append(p.owners(), set("mode", p.one("0755", "0750")), "recurse = true")...)
	}
	if p.chance(25) {
		name := p.one("/srv/exact-deep/x/y", "/srv/exact-deep/x/z", "/srv/exact-deep/w")
		p.add(member{kind: "directory", name: name}, "parents = true", p.perhaps(50, set("mode", "0750")))
		p.dirs = append(p.dirs, name)
	}
}

func (p *profile) packages() {
	for _, name := range p.some(3, "tree", "ed", "bc", "less", "nano-tiny", "time", "file", "nginx-light") {
		switch {
		case name == "nginx-light":
			p.add(member{kind: "package", name: name})
			p.nginx()
		case name == "time": // people hold it by hand, and then apt refuses what is not declared with its hold
			p.add(member{kind: "package", name: name}, "hold = "+p.one("true", "false"))
		case p.chance(25):
			p.add(member{kind: "package", name: name}, p.one("absent = true", "purge = true"))
		default:
			p.add(member{kind: "package", name: name})
		}
	}
}

// nginx is what people declare beside its package.
func (p *profile) nginx() {
	if p.chance(60) {
		p.add(member{kind: "unit", name: "nginx"}, "running = true", p.perhaps(70, "enabled = true"))
		p.notified = append(p.notified, "unit.nginx")
	}
	tell := func() string {
		if p.notified == nil {
			return ""
		}
		return "notify = [unit.nginx]"
	}
	if p.chance(50) {
		p.add(member{kind: "file", name: "/etc/nginx/conf.d/exact.conf"}, set("content", p.one("server_tokens off;\n", "# nothing\n")), set("mode", "0644"), tell())
	}
	if p.chance(40) {
		p.add(member{kind: "file", name: "/etc/nginx/sites-enabled/default"}, "absent = true", tell())
	}
}

func (p *profile) units() {
	text := func(extra string) string {
		return "[Unit]\nDescription=" + p.one("An example", "Another example") + "\n\n[Service]\n" + extra + "\n[Install]\nWantedBy=multi-user.target\n"
	}
	for _, name := range p.some(2, "ex-web", "ex-once", "ex-work") {
		if p.chance(20) {
			p.add(member{kind: "unit", name: name}, "absent = true")
			continue
		}
		service := "ExecStart=/bin/sleep infinity\n"
		if name == "ex-once" {
			service = "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
		}
		running := p.one("running = true", "running = true", "running = false", "")
		p.add(member{kind: "unit", name: name}, set("content", text(service)), running, p.one("enabled = true", "enabled = false", ""))
		if strings.HasSuffix(running, "true") {
			p.notified = append(p.notified, "unit."+name)
		}
	}
	if p.chance(35) {
		if p.chance(20) {
			p.add(member{kind: "unit", name: "ex-nightly.timer"}, "absent = true")
			p.add(member{kind: "unit", name: "ex-nightly.service"}, "absent = true")
		} else {
			p.add(member{kind: "unit", name: "ex-nightly.service"}, set("content", "[Service]\nType=oneshot\nExecStart=/bin/true\n"))
			p.add(member{kind: "unit", name: "ex-nightly.timer"}, set("content", "[Timer]\nOnCalendar="+p.one("*-02-29 03:00", "*-02-29 04:00")+"\n\n[Install]\nWantedBy=timers.target\n"),
				"running = true", "enabled = true")
		}
	}
	if p.chance(30) {
		p.add(member{kind: "unit", name: "cron"}, p.one("running = true", "enabled = true", `override = "[Service]\nNice=5\n"`))
	}
}

func (p *profile) tells() string {
	if len(p.notified) == 0 || !p.chance(30) {
		return ""
	}
	return "notify = [" + p.one(p.notified...) + "]"
}

func (p *profile) files() {
	for range 2 + p.random.IntN(6) {
		name := p.one(p.dirs...) + "/" + p.one("one.conf", "two.conf", "three", "run.sh")
		if p.used[name] {
			continue
		}
		p.used[name] = true
		switch {
		case p.chance(15):
			p.add(member{kind: "file", name: name}, "absent = true", p.tells())
		case p.chance(15):
			p.add(member{kind: "file", name: name}, set("link", p.one("/etc/hosts", "one.conf", "../nowhere")))
		default:
			settings := append(p.owners(), p.perhaps(80, set("content", p.one("a = 1\n", "a = 2\nb = 3\n", "", "#!/bin/sh\necho hello\n"))),
				p.perhaps(70, set("mode", p.one("0644", "0640", "0600", "0755", "u=rw,go=r", "g+w"))), p.tells())
			p.add(member{kind: "file", name: name}, settings...)
		}
	}
	if len(p.users) > 0 && p.chance(30) { // the numbers of who owns it may change, and the home may have been left by somebody
		user := p.one(p.users...)
		p.add(member{kind: "file", name: "/home/" + user + "/notes"}, "owner = user."+user, p.perhaps(50, set("content", "notes\n")), p.perhaps(50, set("mode", "0600")))
	}
	if p.chance(30) {
		dir := p.one(p.dirs...)
		keys := []string{"red", "green", "blue"}[:1+p.random.IntN(3)]
		for _, key := range keys {
			name := dir + "/each-" + key
			p.members["file."+name] = member{kind: "file", name: name}
		}
		p.block("file", dir+"/each-${each.key}", fmt.Sprintf("for_each = [%s]", `"`+strings.Join(keys, `", "`)+`"`), `content = "${each.value}\n"`, p.perhaps(50, set("mode", "0600")))
	}
}

// texts are parts of texts: of a file that every host has, of one that a profile declares beside its content, of one that is made, and of
// one that a package brings.
func (p *profile) texts() {
	targets := []struct{ path, create string }{{"/etc/hosts", ""}, {"/etc/motd", ""}, {"/etc/exact.conf", "create = true"}}
	if p.chance(50) {
		name := p.one(p.dirs...) + "/parts.conf"
		p.add(member{kind: "file", name: name}, append(p.owners(), p.perhaps(60, set("mode", "0640")))...)
		targets = append(targets, struct{ path, create string }{name, ""})
	}
	if _, there := p.members["package.nginx-light"]; there && p.chance(30) {
		targets = append(targets, struct{ path, create string }{"/etc/nginx/fastcgi_params", ""})
	}
	for i := range p.random.IntN(5) {
		target := targets[p.random.IntN(len(targets))]
		absent := p.chance(20)
		create := target.create
		ending := "create = true"
		if absent {
			create, ending = "", "absent = true"
		} else {
			ending = ""
		}
		switch p.random.IntN(3) {
		case 0:
			line := fmt.Sprintf("# line %d %s", i, p.one("x", "y"))
			match := ""
			if !absent {
				match = p.perhaps(50, fmt.Sprintf("match = \"^# line %d \"", i))
			}
			p.add(member{kind: "line", name: fmt.Sprintf("l%d", i), path: target.path}, set("path", target.path), set("line", line), match, create, ending, p.tells())
		case 1:
			content := set("content", p.one("# first\n# second\n", "# other\n"))
			if absent {
				content = ""
			}
			p.add(member{kind: "block", name: fmt.Sprintf("b%d", i), path: target.path}, set("path", target.path), content, create, ending)
		default:
			if target.path != "/etc/exact.conf" && !strings.HasSuffix(target.path, "parts.conf") {
				continue // not one of sections
			}
			value := set("value", p.one("1", "2"))
			if absent {
				value = ""
			}
			p.add(member{kind: "ini", name: fmt.Sprintf("i%d", i), path: target.path}, set("path", target.path), set("section", p.one("one", "two")), set("key", fmt.Sprintf("key%d", i)), value, create, ending)
		}
	}
}

// publicKeys let nobody in that anybody knows of.
var publicKeys = []string{
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8nGL7yrIsjUXSWrMDX5i1n4uJ8c0h8f7Ri1kBkzKeV ana@laptop",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC8nGL7yrIsjUXSWrMDX5i1n4uJ8c0h8f7Ri1kBkzKeV ben@laptop",
}

func (p *profile) keys() {
	if len(p.users) == 0 {
		return
	}
	for i := range p.random.IntN(3) {
		user := p.one(p.users...)
		if i >= len(publicKeys) {
			break
		}
		p.add(member{kind: "authorized_key", name: fmt.Sprintf("k%d", i), user: user}, "user = user."+user, set("key", publicKeys[i]),
			p.one("", "", "absent = true", `options = "no-pty"`, "exclusive = true"))
	}
}

func (p *profile) jobs() {
	for _, name := range p.some(2, "ex-report", "ex-sweep") {
		if p.chance(20) {
			p.add(member{kind: "cron", name: name, path: "/etc/cron.d/" + name}, "absent = true")
			continue
		}
		user := ""
		if len(p.users) > 0 {
			user = p.perhaps(40, "user = user."+p.one(p.users...))
		}
		p.add(member{kind: "cron", name: name, path: "/etc/cron.d/" + name}, set("schedule", p.one("3 4 29 2 *", "@yearly")), set("command", p.one("/bin/true", "/bin/true --x %d")), user)
	}
}

// sysctls are settings that belong to the network of a host alone.
var sysctls = []string{"net.core.somaxconn", "net.ipv4.tcp_fin_timeout", "net.ipv4.ip_forward", "net.ipv4.tcp_syncookies"}

func (p *profile) settings() {
	for _, name := range p.some(2, sysctls...) {
		if p.chance(15) {
			p.add(member{kind: "sysctl", name: name}, "absent = true")
			continue
		}
		value := p.one("1", "0")
		switch name {
		case "net.core.somaxconn":
			value = p.one("1024", "4096")
		case "net.ipv4.tcp_fin_timeout":
			value = p.one("30", "60")
		}
		p.add(member{kind: "sysctl", name: name}, set("value", value))
	}
}

func (p *profile) commands() {
	if p.chance(50) {
		made := p.one(p.dirs...) + "/made"
		p.add(member{kind: "command", name: "make it", path: made}, fmt.Sprintf("run = [\"cp\", \"/etc/debian_version\", %q]", made), set("creates", made), p.tells())
	}
	if p.chance(25) && len(p.users) > 0 {
		home := "/tmp/exact-" + p.users[0]
		p.add(member{kind: "command", name: "as somebody", path: home}, fmt.Sprintf("run = [\"touch\", %q]", home), set("creates", home), "user = user."+p.users[0])
	}
}

// declaration is the profile as a repository has it, for one host.
func (p *profile) declaration(address string) string {
	return fmt.Sprintf("host \"box\" {\n  address = %q\n}\nprofile \"exact\" {\n%s}\nenvironment \"production\" {\n  group \"all\" {\n    hosts   = host.box\n    profile = profile.exact\n  }\n}\n", address, p.text.String())
}
