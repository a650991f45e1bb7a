package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gemba/internal/fleettest"
)

// snapshot is a host as plain programs see it: by what it is about ("file /etc/motd mode", "user ana shell", "unit nginx.service active"),
// what is there. What is not there has no entry.
type snapshot struct {
	has     map[string]string
	owners  map[string][]string // the packages of a path
	lists   map[string][]string // the paths of a package
	scripts map[string][]string // the paths that the scripts of a package name
	texts   map[string][]string // the lines of a file that parts are written into
}

// roots are where files are looked at.
const roots = "/etc /srv /usr/local /var/spool /home /root/.ssh"

// bookkeeping are files that programs change as a matter of course, whoever calls them: the linker's cache, the backups and locks of the
// programs that change accounts, and the ranges of numbers that useradd gives out. Below /var only spools are looked at: the rest is dpkg's,
// apt's, systemd's and our own.
var bookkeeping = []string{
	"/etc/ld.so.cache", "/etc/.pwd.lock", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid", "/etc/subgid", "/etc/subuid-", "/etc/subgid-",
}

// databases are compared by their entries, not by their bytes.
var databases = []string{"/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow"}

// snap takes all of it in one call, without anything of the product.
func snap(t testing.TB, h *fleettest.Host) *snapshot {
	t.Helper()
	script := `
roots="` + roots + `"
echo "== files"; find $roots -printf '%y\t%m\t%U\t%G\t%p\t%l\n' 2>/dev/null
echo "== sums"; find $roots -type f -print0 2>/dev/null | xargs -0r sha256sum
echo "== packages"; dpkg-query -W -f '${Package}\t${Version}\t${db:Status-Want} ${db:Status-Status}\n'
echo "== passwd"; cat /etc/passwd
echo "== group"; cat /etc/group
echo "== shadow"; cat /etc/shadow
echo "== enabled"; systemctl list-unit-files --no-legend --plain --no-pager
echo "== units"; systemctl show --no-pager -p Id,ActiveState,InvocationID '*.service' '*.timer' '*.socket'
echo "== sysctl"; sysctl ` + strings.Join(sysctls, " ") + `
echo "== lists"; cd /var/lib/dpkg/info && grep -HE '^/(etc|srv|usr/local|var/spool)/|\.(service|timer|socket)$' *.list
echo "== texts"; grep -H '' /etc/hosts /etc/motd /etc/exact.conf $(find /srv /etc/exact.d /usr/local/share/exact -name parts.conf 2>/dev/null) 2>/dev/null
echo "== scripts"; grep -HoE '/etc/[A-Za-z0-9][A-Za-z0-9._/-]*' *.postinst *.prerm *.postrm
true`
	out, err := h.Run(t.Context(), "sh", "-c", script)
	if err != nil {
		t.Fatalf("taking a snapshot: %v", err)
	}
	s := &snapshot{has: map[string]string{}, owners: map[string][]string{}, lists: map[string][]string{}, scripts: map[string][]string{}, texts: map[string][]string{}}
	var section, unit string
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if name, is := strings.CutPrefix(line, "== "); is {
			section = name
			continue
		}
		switch section {
		case "files":
			s.file(strings.Split(line, "\t"))
		case "sums":
			if sum, path, is := strings.Cut(line, "  "); is && !slices.Contains(databases, path) && s.has["file "+path+" type"] != "" {
				s.has["file "+path+" content"] = sum
			}
		case "packages":
			if f := strings.Split(line, "\t"); len(f) == 3 && f[2] != "unknown not-installed" {
				want, state, _ := strings.Cut(f[2], " ")
				if state == "installed" {
					s.has["package "+f[0]+" version"] = f[1]
				}
				s.has["package "+f[0]+" state"] = state
				if want == "hold" {
					s.has["package "+f[0]+" hold"] = "true"
				}
			}
		case "passwd", "group", "shadow":
			s.account(section, strings.Split(line, ":"))
		case "enabled":
			if f := strings.Fields(line); len(f) >= 2 {
				s.has["unit "+f[0]+" enabled"] = f[1]
			}
		case "units":
			key, value, _ := strings.Cut(line, "=")
			switch {
			case key == "Id":
				unit = value
			case passing(unit):
			case key == "ActiveState" && (value == "active" || value == "failed"):
				s.has["unit "+unit+" active"] = value
			case key == "InvocationID" && value != "" && s.has["unit "+unit+" active"] != "":
				s.has["unit "+unit+" invocation"] = value
			}
		case "sysctl":
			key, value, _ := strings.Cut(line, " = ")
			s.has["sysctl "+key+" running"] = strings.Join(strings.Fields(value), " ")
		case "lists":
			name, path, _ := strings.Cut(line, ".list:")
			name, _, _ = strings.Cut(name, ":")
			s.owners[path] = append(s.owners[path], name)
			s.lists[name] = append(s.lists[name], path)
		case "texts":
			path, text, _ := strings.Cut(line, ":")
			s.texts[path] = append(s.texts[path], text)
		case "scripts":
			script, path, _ := strings.Cut(line, ":/")
			name, _, _ := strings.Cut(strings.TrimSuffix(script, "."+script[strings.LastIndex(script, ".")+1:]), ":")
			s.scripts[name] = append(s.scripts[name], "/"+path)
		}
	}
	return s
}

// passing reports whether a unit comes and goes by itself: systemd's own, and those of sessions.
func passing(unit string) bool {
	return strings.HasPrefix(unit, "systemd-") || strings.HasPrefix(unit, "user") || strings.HasPrefix(unit, "run-") || strings.HasPrefix(unit, "ssh@") || strings.Contains(unit, "tmpfiles")
}

func (s *snapshot) file(f []string) {
	if len(f) != 6 || slices.Contains(bookkeeping, f[4]) {
		return
	}
	set := func(aspect, value string) { s.has["file "+f[4]+" "+aspect] = value }
	set("type", map[string]string{"f": "file", "d": "directory", "l": "link"}[f[0]])
	set("owner", f[2])
	set("group", f[3])
	if f[0] == "l" {
		set("link", f[5])
		return
	}
	mode, _ := strconv.ParseUint(f[1], 8, 32)
	set("mode", fmt.Sprintf("%04o", mode))
}

func (s *snapshot) account(database string, f []string) {
	aspects := map[string][]string{"passwd": {"", "", "uid", "gid", "comment", "home", "shell"}, "group": {"", "", "gid", "members"}, "shadow": {"", "password", "", "", "", "", "", "expires", ""}}[database]
	for i, aspect := range aspects {
		if aspect != "" && i < len(f) {
			s.has[map[string]string{"passwd": "user", "group": "group", "shadow": "user"}[database]+" "+f[0]+" "+aspect] = f[i]
		}
	}
}

// differences are the entries that are not the same in another one, sorted.
func (s *snapshot) differences(other *snapshot) []string {
	keys := map[string]bool{}
	for key, value := range s.has {
		if now, there := other.has[key]; !there || now != value {
			keys[key] = true
		}
	}
	for key := range other.has {
		if _, there := s.has[key]; !there {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
