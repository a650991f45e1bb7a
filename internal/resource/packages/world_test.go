package packages_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gemba/internal/resource"
	"gemba/internal/resource/memory"
)

// world is the programs of apt and dpkg, for packages that a test makes up. They keep what they know in the host's files, as the real ones
// do, and refuse what they are not asked in the tests.
type world struct {
	h        *memory.Host
	versions map[string][]string // what repositories have, the candidate first
	depends  map[string]string
	provides map[string]string
	debs     map[string]string // of package files, "NAME VERSION"
	unlisted map[string]bool   // what the lists do not have before they are updated
	broken   map[string]bool   // what cannot be configured
	locked   bool
	updates  int
}

const status = "/var/lib/dpkg/status"

func newWorld(h *memory.Host) *world {
	w := &world{
		h:        h,
		versions: map[string][]string{"nginx": {"1.1-1", "1.0-1"}, "nginx-common": {"1.1-1"}, "g++": {"4:12"}, "exim4": {"4.96"}, "cowsay": {"3.03"}},
		depends:  map[string]string{"nginx": "nginx-common"},
		provides: map[string]string{"exim4": "mail-transport-agent, smtp (= 2)"},
		debs:     map[string]string{}, unlisted: map[string]bool{}, broken: map[string]bool{},
	}
	for _, dir := range []string{"/var/lib/dpkg", "/var/lib/apt", "/var/lib/apt/lists", "/var/lib/apt/periodic", "/var/lib/dpkg/updates"} {
		if err := h.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil {
			panic(err)
		}
	}
	h.Set("/var/lib/apt/lists/deb.debian.org_Packages.lz4", "")
	h.Set(status, "Package: dpkg\nEssential: yes\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\nDescription: x\n Package: trap\n\n")
	h.Program("apt-get", w.aptGet)
	h.Program("apt-mark", w.aptMark)
	h.Program("apt-cache", w.aptCache)
	h.Program("dpkg", w.dpkg)
	h.Program("dpkg-deb", w.dpkgDeb)
	h.Calls = nil
	return w
}

type record struct{ want, flag, state, version string }

func (w *world) load() map[string]record {
	all := map[string]record{}
	for paragraph := range strings.SplitSeq(w.h.Text(status), "\n\n") {
		var name string
		r := record{}
		for line := range strings.SplitSeq(paragraph, "\n") {
			key, value, _ := strings.Cut(line, ": ")
			switch key {
			case "Package":
				name = value
			case "Status":
				fmt.Sscan(value, &r.want, &r.flag, &r.state)
			case "Version":
				r.version = value
			}
		}
		if name != "" {
			all[name] = r
		}
	}
	return all
}

func (w *world) save(all map[string]record) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := all[name]
		fmt.Fprintf(&b, "Package: %s\nStatus: %s %s %s\nArchitecture: amd64\nVersion: %s\n", name, r.want, r.flag, r.state, r.version)
		if p := w.provides[name]; p != "" {
			fmt.Fprintf(&b, "Provides: %s\n", p)
		}
		b.WriteString("\n")
	}
	w.h.Set(status, b.String())
}

func (w *world) put(name, status, version string) {
	all := w.load()
	r := record{version: version}
	fmt.Sscan(status, &r.want, &r.flag, &r.state)
	all[name] = r
	w.save(all)
}

func (r record) there() bool {
	return r.state != "" && r.state != "not-installed" && r.state != "config-files"
}

func fail(c resource.Command, stderr string) (resource.Output, error) {
	return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 100, Stderr: []byte(stderr)}
}

func (w *world) aptGet(_ *memory.Host, c resource.Command) (resource.Output, error) {
	flags, words, ok := strings.Cut(strings.Join(c.Argv[1:], " "), " install -- ")
	if !ok {
		if flags != "-q -o Dpkg::Lock::Timeout=120 update" {
			return fail(c, "E: Invalid operation")
		}
		w.updates++
		w.unlisted = map[string]bool{}
		w.h.Set("/var/lib/apt/lists/deb.debian.org_Packages.lz4", "")
		return resource.Output{}, nil
	}
	if !slices.Contains(c.Env, "DEBIAN_FRONTEND=noninteractive") {
		return fail(c, "E: would ask")
	}
	simulated, downgrades := strings.HasPrefix(flags, "-s"), strings.Contains(flags, "--allow-downgrades")
	for _, known := range []string{"-s ", "-y ", "-q ", "-o Dpkg::Options::=--force-confold ", "-o Dpkg::Lock::Timeout=120 ", "-o Dpkg::Use-Pty=0 ", "-o APT::Cmd::Pattern-Only=true ", "--no-install-recommends", "--install-recommends", " --allow-downgrades"} {
		flags = strings.Replace(flags, known, "", 1)
	}
	if flags != "" {
		return fail(c, "E: Command line option "+flags+" is not understood")
	}
	if w.locked && !simulated {
		return fail(c, "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (unattended-upgr)\nE: Unable to acquire the dpkg frontend lock")
	}
	all := w.load()
	for name, r := range all {
		if r.state == "half-configured" && !simulated {
			return fail(c, "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' for "+name)
		}
	}
	var out, errs strings.Builder
	var install func(name, version string, asked bool)
	install = func(name, version string, asked bool) {
		was := all[name]
		if was.there() && was.flag == "ok" && (was.version == version || !asked) {
			return
		}
		if was.want == "hold" && was.there() && !simulated {
			errs.WriteString("E: Held packages were changed and -y was used without --allow-change-held-packages.\n")
			return
		}
		if was.there() && version < was.version && !downgrades && !simulated {
			errs.WriteString("E: Packages were downgraded and -y was used without --allow-downgrades.\n")
			return
		}
		if d := w.depends[name]; d != "" {
			install(d, w.versions[d][0], false)
		}
		from := ""
		if was.there() {
			from = " [" + was.version + "]"
		}
		fmt.Fprintf(&out, "Inst %s%s (%s Debian:12/stable [amd64])\n", name, from, version)
		if was.want != "hold" {
			was.want = "install"
		}
		state := "installed"
		if w.broken[name] {
			state = "half-configured"
			defer errs.WriteString("E: Sub-process /usr/bin/dpkg returned an error code (1)\n")
		}
		all[name] = record{was.want, "ok", state, version}
	}
	fields := strings.Fields(words)
	for _, word := range fields {
		name, version, exact := strings.Cut(strings.TrimSuffix(word, "-"), "=")
		have := w.versions[name]
		if deb := w.debs[word]; deb != "" {
			fmt.Sscan(deb, &name, &version)
			have = []string{version}
		}
		r := all[name]
		switch {
		case strings.HasSuffix(word, "-"):
		case w.unlisted[name], len(have) == 0 && name != "mail-transport-agent":
			errs.WriteString("E: Unable to locate package " + name + "\n")
		case len(have) == 0:
			errs.WriteString("E: Package '" + name + "' has no installation candidate\n")
		case exact && !slices.Contains(have, version) && r.version != version:
			fmt.Fprintf(&errs, "E: Version '%s' for '%s' was not found\n", version, name)
		}
	}
	if errs.Len() > 0 {
		return fail(c, errs.String())
	}
	for _, word := range fields {
		name, version, exact := strings.Cut(word, "=")
		if removed, is := strings.CutSuffix(name, "-"); is {
			r := all[removed]
			fmt.Fprintf(&out, "Remv %s [%s]\n", removed, r.version)
			all[removed] = record{"deinstall", "ok", "config-files", r.version}
			continue
		}
		if deb := w.debs[word]; deb != "" {
			fmt.Sscan(deb, &name, &version)
		} else if !exact {
			version = w.versions[name][0]
		}
		install(name, version, true)
	}
	if errs.Len() > 0 && !strings.Contains(errs.String(), "Sub-process") {
		return fail(c, errs.String())
	}
	if !simulated {
		w.save(all)
	}
	if errs.Len() > 0 && !simulated {
		o, err := fail(c, errs.String())
		o.Stdout = []byte("Setting up things\n")
		return o, err
	}
	return resource.Output{Stdout: []byte(out.String())}, nil
}

func (w *world) aptMark(_ *memory.Host, c resource.Command) (resource.Output, error) {
	if len(c.Argv) < 5 || c.Argv[1] != "-q" || c.Argv[3] != "--" {
		return fail(c, "E: usage")
	}
	want := map[string]string{"hold": "hold", "unhold": "install"}[c.Argv[2]]
	if want == "" {
		return fail(c, "E: Invalid operation")
	}
	all := w.load()
	for _, name := range c.Argv[4:] {
		r := all[name]
		r.want, r.flag = want, "ok"
		if r.state == "" {
			r.state = "not-installed"
		}
		all[name] = r
	}
	w.save(all)
	return resource.Output{}, nil
}

func (w *world) aptCache(_ *memory.Host, c resource.Command) (resource.Output, error) {
	var b strings.Builder
	switch {
	case c.Argv[1] == "policy" && c.Argv[2] == "--":
		for _, name := range c.Argv[3:] {
			candidate := "(none)"
			if len(w.versions[name]) > 0 && !w.unlisted[name] {
				candidate = w.versions[name][0]
			}
			fmt.Fprintf(&b, "%s:\n  Installed: x\n  Candidate: %s\n  Version table:\n     1 500\n", name, candidate)
		}
	case c.Argv[1] == "pkgnames" && c.Argv[2] == "--":
		for name := range w.versions {
			if strings.HasPrefix(name, c.Argv[3]) {
				b.WriteString(name + "\n")
			}
		}
	case c.Argv[1] == "madison" && c.Argv[2] == "--":
		for _, version := range w.versions[c.Argv[3]] {
			fmt.Fprintf(&b, " %s | %s | http://deb.debian.org main\n", c.Argv[3], version)
		}
	case c.Argv[1] == "showpkg" && c.Argv[2] == "--":
		b.WriteString("Package: " + c.Argv[3] + "\nVersions: \n\nReverse Depends: \n  x,y\nReverse Provides: \n")
		for name, provided := range w.provides {
			if strings.Contains(provided, c.Argv[3]) {
				b.WriteString(name + " 1 (= )\n")
			}
		}
	default:
		return fail(c, "E: Invalid operation")
	}
	return resource.Output{Stdout: []byte(b.String())}, nil
}

func (w *world) dpkg(_ *memory.Host, c resource.Command) (resource.Output, error) {
	all := w.load()
	switch {
	case strings.Join(c.Argv[1:], " ") == "--force-confold --configure -a":
		var errs string
		for name, r := range all {
			if r.state == "half-configured" && w.broken[name] {
				errs += "dpkg: error processing package " + name + " (--configure):\n"
			} else if r.state == "half-configured" || r.state == "unpacked" {
				r.state = "installed"
				all[name] = r
			}
		}
		w.save(all)
		if errs != "" {
			return fail(c, errs)
		}
		return resource.Output{}, nil
	case c.Argv[1] == "--purge" && c.Argv[2] == "--":
		for _, name := range c.Argv[3:] {
			delete(all, name)
		}
		w.save(all)
		return resource.Output{}, nil
	}
	return fail(c, "dpkg: error: unknown option")
}

func (w *world) dpkgDeb(h *memory.Host, c resource.Command) (resource.Output, error) {
	if len(c.Argv) != 5 || c.Argv[1] != "-f" || w.debs[c.Argv[2]] == "" {
		return fail(c, "dpkg-deb: error")
	}
	name, version, _ := strings.Cut(w.debs[c.Argv[2]], " ")
	return resource.Output{Stdout: []byte("Package: " + name + "\nVersion: " + version + "\n")}, nil
}

func TestTheWorldRefusesWhatItDoesNotKnow(t *testing.T) {
	h := memory.New()
	newWorld(h)
	for _, argv := range [][]string{{"apt-get", "install", "nginx"}, {"apt-get", "-y", "--force-yes", "install", "--", "nginx"}, {"dpkg", "-i", "x"}} {
		if _, err := h.Run(t.Context(), resource.Command{Argv: argv, Env: []string{"DEBIAN_FRONTEND=noninteractive"}}); err == nil {
			t.Errorf("%v was taken", argv)
		}
	}
}
