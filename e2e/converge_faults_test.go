package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gemba/internal/fleettest"
)

// trouble is real hosts and the person who declares them: what is declared of them changes from fault to fault.
type trouble struct {
	*world
	fleet *fleettest.Fleet
}

func newTrouble(t testing.TB, n int) *trouble {
	t.Helper()
	w, fleet := newFleet(t, n, "  file \"/etc/motd\" {\n    content = \"Welcome.\\n\"\n  }")
	s := &trouble{w, fleet}
	// A host that is not there is given up soon.
	s.put(filepath.Join(w.home, ".ssh", "config"), "Host *\n  IdentityFile "+fleet.Key+"\n  IdentitiesOnly yes\n  ConnectTimeout 2\n")
	return s
}

// of is the same, for a test within a test.
func (s *trouble) of(t testing.TB) *trouble { return &trouble{s.world.of(t), s.fleet} }

// declare commits another profile of the hosts.
func (s *trouble) declare(profile string) {
	s.Helper()
	var addresses []string
	for _, h := range s.fleet.Hosts {
		addresses = append(addresses, fmt.Sprintf("%q", h.Address))
	}
	s.write("gemba.hcl", "host \"web\" {\n  address = ["+strings.Join(addresses, ", ")+"]\n}\nprofile \"web\" {\n"+profile+"\n}\n"+
		"environment \"production\" {\n  group \"web\" {\n    hosts   = host.web\n    profile = profile.web\n  }\n}\n")
	s.git("add", "-A")
	s.git("commit", "-q", "--allow-empty", "-m", "Another profile")
}

// on runs a shell script on a host, beside its network.
func (s *trouble) on(h *fleettest.Host, script string) string {
	s.Helper()
	out, err := h.Run(context.Background(), "sh", "-c", script)
	if err != nil {
		s.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// fails applies what cannot be applied, and holds that it is said why.
func (s *trouble) fails(why ...string) said {
	s.Helper()
	got := s.must(1, "apply", "--yes")
	s.says(got, why...)
	return got
}

// silent holds that a text does not contain others.
func (s *trouble) silent(got said, parts ...string) {
	s.Helper()
	for _, part := range parts {
		if strings.Contains(got.out+got.err, part) {
			s.Fatalf("%q is in:\n%s", part, got)
		}
	}
}

// faults runs tests one after the other on the same hosts.
func (s *trouble) faults(t *testing.T, all []fault) {
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			began := time.Now()
			f.test(s.of(t))
			t.Logf("%.1f s", time.Since(began).Seconds())
		})
	}
}

type fault struct {
	name string
	test func(*trouble)
}

func TestHostsThatCannotBeReached(t *testing.T) {
	t.Parallel()
	s := newTrouble(t, 2)
	other := s.fleet.Hosts[1]
	s.faults(t, []fault{
		{"an unknown host says how it is made known", func(s *trouble) {
			path := filepath.Join(s.dir, ".gemba", "known_hosts")
			known, err := os.ReadFile(path)
			if err != nil {
				s.Fatal(err)
			}
			s.put(path, "")
			s.fails("web-1", "is not known", "ssh-ed25519 SHA256:", "gemba host add root@"+s.fleet.Hosts[0].Address)
			s.put(path, string(known))
		}},
		{"one that does not answer keeps nobody from the others", func(s *trouble) {
			other.Cut(s)
			s.fails("web-2", "did not answer within 2s", "check that the host is up", "1 changed", "Not as declared: web-2")
			other.Mend(s)
			s.reached(other)
			s.must(0, "apply", "--yes")
		}},
		{"a key that is refused is named", func(s *trouble) {
			s.on(other, "mv /root/.ssh/authorized_keys /root/keys")
			s.fails("web-2", "refuses to sign in root", s.fleet.Key, "ssh-copy-id")
			s.on(other, "mv /root/keys /root/.ssh/authorized_keys")
		}},
		{"a host key that has changed stops everything", func(s *trouble) {
			s.declare("  file \"/etc/motd\" {\n    content = \"Changed.\\n\"\n  }")
			s.on(other, "rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh")
			got := s.fails("web-2", "has changed", "ask whoever set up the host", "ssh-keygen -R")
			s.silent(got, "not known")
			if s.on(other, "cat /etc/motd") != "Welcome." {
				s.Error("the host was changed")
			}
		}},
	})
}

func TestHostsWithoutRoom(t *testing.T) {
	long(t)
	s := newTrouble(t, 1)
	host := s.fleet.Hosts[0]
	s.faults(t, []fault{
		{"a full file system keeps the old file, and leaves nothing beside it", func(s *trouble) {
			s.on(host, "mkdir -p /srv/small && mount -t tmpfs -o size=64k none /srv/small && echo old >/srv/small/f")
			s.write("big", strings.Repeat("a line of a file that is too large\n", 4000))
			s.declare("  file \"/srv/small/f\" {\n    source = \"big\"\n  }\n  file \"/etc/other\" {\n    content = \"other\\n\"\n  }")
			s.fails("/srv/small/f", "no space left on device", "1 changed", "1 failed")
			if left := s.on(host, "cat /srv/small/f; ls -A /srv/small; cat /etc/other"); left != "old\nf\nother" {
				s.Errorf("%q", left)
			}
			s.on(host, "mount -o remount,size=1m /srv/small")
			s.says(s.must(0, "apply", "--yes"), "1 changed", "1 unchanged")
			s.on(host, "umount /srv/small")
		}},
		{"no room for what Gemba keeps changes nothing", func(s *trouble) {
			s.on(host, "mkdir -p /var/lib/gemba/undo && mount -t tmpfs -o size=4k none /var/lib/gemba/undo && head -c 4096 /dev/zero >/var/lib/gemba/undo/full; true")
			s.declare("  file \"/etc/motd\" {\n    content = \"Full.\\n\"\n  }")
			s.fails("/etc/motd", "no space left on device", "0 changed")
			s.silent(said{out: s.on(host, "cat /etc/motd")}, "Full")
			s.on(host, "umount /var/lib/gemba/undo")
			s.must(0, "apply", "--yes")
		}},
		{"no room for the worker is said", func(s *trouble) {
			s.on(host, "rm -rf /var/lib/gemba/worker && mkdir -p /var/lib/gemba/worker && mount -t tmpfs -o size=64k none /var/lib/gemba/worker")
			s.fails("there is no space left for /var/lib/gemba/worker", "make room there: df -h")
			s.on(host, "umount /var/lib/gemba/worker")
			s.must(0, "drift")
		}},
		{"no room for what is to be written changes nothing", func(s *trouble) {
			s.on(host, "mv /var/lib/gemba /var/lib/kept && mkdir /var/lib/gemba && mount -t tmpfs -o size=12m none /var/lib/gemba")
			s.put(filepath.Join(s.dir, "large"), strings.Repeat("0123456789abcdef", 1<<20))
			s.declare("  file \"/srv/large\" {\n    source = \"large\"\n  }\n  file \"/etc/motd\" {\n    content = \"Large.\\n\"\n  }")
			s.fails("fetching what is to be written", "no space left on device", "0 changed")
			if left := s.on(host, "cat /etc/motd; ls -A /srv; ls -d /var/lib/gemba/bodies-* 2>/dev/null; true"); left != "Full.\nsmall" {
				s.Errorf("%q", left)
			}
			s.on(host, "umount /var/lib/gemba && rmdir /var/lib/gemba && mv /var/lib/kept /var/lib/gemba")
		}},
		{"a read-only file system is named", func(s *trouble) {
			s.on(host, "mkdir -p /srv/fixed && mount -t tmpfs -o ro none /srv/fixed")
			s.declare("  file \"/srv/fixed/f\" {\n    content = \"f\\n\"\n  }")
			s.fails("/srv/fixed/f", "read-only file system", "1 failed")
			s.on(host, "umount /srv/fixed")
		}},
		{"a worker's directory that is read-only is said", func(s *trouble) {
			s.on(host, "rm -rf /var/lib/gemba/worker && mkdir -p /var/lib/gemba/worker && mount -t tmpfs -o ro none /var/lib/gemba/worker")
			s.fails("/var/lib/gemba/worker is on a filesystem that is mounted read-only")
			s.on(host, "umount /var/lib/gemba/worker")
		}},
		{"neither python nor a /tmp that runs programs is needed", func(s *trouble) {
			s.on(host, "rm -rf /var/lib/gemba/worker; mount -t tmpfs -o noexec,size=16k none /tmp; ! command -v python3")
			s.declare("  file \"/etc/motd\" {\n    content = \"No Python.\\n\"\n  }")
			s.says(s.must(0, "apply", "--yes"), "1 changed")
			s.on(host, "umount /tmp")
		}},
	})
}

func TestResourcesThatCannotBe(t *testing.T) {
	long(t)
	s := newTrouble(t, 1)
	host := s.fleet.Hosts[0]
	s.faults(t, []fault{
		{"a package that does not exist is named before anything is done", func(s *trouble) {
			s.declare("  package \"nginx-lihgt\" {}\n  file \"/etc/other\" {\n    content = \"other\\n\"\n  }")
			s.fails("nginx-lihgt", "apt knows no such package", "nginx-light", "1 changed", "1 failed")
		}},
		{"a mistake in a template is told with its line", func(s *trouble) {
			s.write("t.tmpl", "one\ntwo {{.vars.colour}}\nthree {{.vars.missing}}\n")
			s.declare("  file \"/etc/t\" {\n    template = \"t.tmpl\"\n    vars     = { colour = \"blue\" }\n  }")
			s.fails("gemba.hcl:", "file./etc/t", "t.tmpl:3", "missing")
			s.write("t.tmpl", "one\n{{if}}\n")
			s.declare("  file \"/etc/t\" {\n    template = \"t.tmpl\"\n  }")
			s.fails("t.tmpl:2", "missing value for if")
		}},
		{"an owner that does not exist is named", func(s *trouble) {
			s.declare("  file \"/etc/t\" {\n    content = \"t\\n\"\n    owner   = \"nobodyhere\"\n  }")
			s.fails("/etc/t", "nobodyhere", "1 failed")
			if s.on(host, "ls /etc/t || true") != "" {
				s.Error("the file was written")
			}
		}},
		{"a directory in a file's place is left, with what is in it", func(s *trouble) {
			s.on(host, "mkdir -p /srv/f && echo precious >/srv/f/data")
			s.declare("  file \"/srv/f\" {\n    content = \"f\\n\"\n  }")
			s.fails("/srv/f", "is a directory", "remove it first")
			if s.on(host, "cat /srv/f/data") != "precious" {
				s.Error("it was lost")
			}
		}},
		{"a file in a directory's place is left, and what needs the directory is not reached", func(s *trouble) {
			s.on(host, "echo precious >/srv/d")
			s.declare("  directory \"/srv/d\" {}\n  file \"/srv/d/f\" {\n    content = \"f\\n\"\n  }")
			s.fails("/srv/d", "not a directory", "not reached", "file./srv/d/f")
			if s.on(host, "cat /srv/d") != "precious" {
				s.Error("it was lost")
			}
		}},
		{"a unit that fails to start shows its journal", func(s *trouble) {
			s.declare("  unit \"broken\" {\n    content = \"[Service]\\nExecStart=/bin/sh -c 'echo the port is taken; exit 7'\\nType=exec\\n\"\n    running = true\n  }")
			s.fails("unit broken", "the port is taken", "status=7", "1 failed")
		}},
		{"a packages' lock that somebody holds is waited for, and its holder named", func(s *trouble) {
			s.on(host, `systemd-run -q --unit=holder perl -e 'use Fcntl; $0="unattended-upgr"; open(F,"+>","/var/lib/dpkg/lock-frontend"); $l=pack("s s l! l! i",F_WRLCK,0,0,0,0); fcntl(F,F_SETLK,$l) or die; select(undef,undef,undef,0.1) until -e "/srv/release"; close F'`)
			s.on(host, "mkdir -p /srv/deb/DEBIAN && printf 'Package: toy-deb\nVersion: 1.0\nArchitecture: all\nMaintainer: Ana <ana@example.com>\nDescription: a toy\n' >/srv/deb/DEBIAN/control && dpkg-deb -b /srv/deb /srv/toy-deb.deb >/dev/null")
			s.declare("  package \"toy-deb\" {\n    source = \"/srv/toy-deb.deb\"\n  }")
			command, out, talk := s.start("apply", "--yes")
			s.eventually("it is said who is waited for", func() bool {
				return strings.Contains(out.String(), "waits: the host is in the hands of unattended-upgr, process")
			})
			s.on(host, "touch /srv/release")
			if err := command.Wait(); err != nil {
				s.Errorf("%v: %s%s", err, out, talk)
			}
		}},
		{"a package that was left half-configured is completed", func(s *trouble) {
			s.on(host, "sed -i '/^Package: toy-deb$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status")
			s.says(s.must(0, "apply", "--yes"), "1 changed")
			if got := s.on(host, "dpkg-query -W -f '${Status}' toy-deb"); got != "install ok installed" {
				s.Error(got)
			}
		}},
	})
}
