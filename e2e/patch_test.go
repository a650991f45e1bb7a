package e2e

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gemba/internal/fleettest"
)

// deb builds a package that has nothing but a version and a script that runs after it was installed.
func deb(t testing.TB, name, version, after string) []byte {
	t.Helper()
	dir := t.TempDir()
	control := filepath.Join(dir, "root", "DEBIAN")
	if err := os.MkdirAll(control, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{"control": debControl(name, version), "postinst": "#!/bin/sh\nset -e\n" + after + "\n"} {
		if err := os.WriteFile(filepath.Join(control, file), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "made.deb")
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", filepath.Join(dir, "root"), path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	made, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func debControl(name, version string) string {
	return fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Ana <ana@example.com>\nDescription: a package for tests\n", name, version)
}

// repository puts an apt repository of packages, by "NAME VERSION", into a directory of a host.
func repository(t testing.TB, h *fleettest.Host, dir, suite string, debs map[string][]byte) {
	t.Helper()
	var index strings.Builder
	for named, body := range debs {
		name, version, _ := strings.Cut(named, " ")
		file := name + "_" + version + ".deb"
		h.Put(t, dir+"/"+file, body, 0o644)
		fmt.Fprintf(&index, "%sFilename: ./%s\nSize: %d\nSHA256: %x\n\n", debControl(name, version), file, len(body), sha256.Sum256(body))
	}
	text := index.String()
	h.Put(t, dir+"/Packages", []byte(text), 0o644)
	h.Put(t, dir+"/Release", fmt.Appendf(nil, "Origin: Toys\nLabel: Toys\nSuite: %s\nSHA256:\n %x %d Packages\n", suite, sha256.Sum256([]byte(text)), len(text)), 0o644)
}

// outdated are hosts on which three toys are older than what two repositories have. What the newer one of the first does is said.
func outdated(t testing.TB, fleet *fleettest.Fleet, after string) {
	t.Helper()
	old := map[string][]byte{}
	for _, name := range []string{"toy", "other-toy", "held-toy"} {
		old[name] = deb(t, name, "1.0", "true")
	}
	security := map[string][]byte{"toy 2.0": deb(t, "toy", "2.0", after), "held-toy 2.0": deb(t, "held-toy", "2.0", "true")}
	plain := map[string][]byte{"other-toy 2.0": deb(t, "other-toy", "2.0", "true")}
	for _, h := range fleet.Hosts {
		for name, body := range old {
			h.Put(t, "/root/"+name+".deb", body, 0o644)
		}
		repository(t, h, "/srv/security", "stable-security", security)
		repository(t, h, "/srv/plain", "stable", plain)
		h.Put(t, "/etc/apt/sources.list", []byte("deb [trusted=yes] file:/srv/security ./\ndeb [trusted=yes] file:/srv/plain ./\n"), 0o644)
		on(t, h, "sh", "-c", "rm -f /etc/apt/sources.list.d/*; dpkg -i /root/*.deb >/dev/null && apt-mark hold held-toy && apt-mark auto toy")
	}
}

func versionOf(t testing.TB, h *fleettest.Host, name string) string {
	t.Helper()
	return on(t, h, "dpkg-query", "-W", "-f", "${Version}", name)
}

const askReboot = "touch /run/reboot-required; echo toy >>/run/reboot-required.pkgs"

const quiet = `
  file "/etc/motd" { content = "hello\n" }
`

func TestHostsArePatchedAndRebootedOneAfterTheOther(t *testing.T) {
	long(t)
	w, fleet := newFleet(t, 2, quiet)
	outdated(t, fleet, askReboot)
	boots := map[string]string{}
	for _, h := range fleet.Hosts {
		boots[h.Name] = on(t, h, "cat", "/proc/sys/kernel/random/boot_id")
	}
	w.says(w.must(2, "patch", "production"), "1 security update", "1 other update", "held: held-toy", "toy  1.0", "nobody can be asked")
	w.says(w.must(0, "plan"), "1 security update; 1 other update; held: held-toy", "gemba patch production")

	s := w.must(0, "patch", "production", "--yes", "--within", "60s")
	w.says(s, "web-1  updating 1 package", "rebooting: asked for by toy", "1 package updated; rebooted", "2 hosts patched")
	if first, second := strings.Index(s.out, "web-1  rebooting"), strings.Index(s.out, "web-2  updating"); first < 0 || second < first {
		t.Errorf("they were not patched one after the other:\n%s", s.out)
	}
	for _, h := range fleet.Hosts {
		if now := on(t, h, "cat", "/proc/sys/kernel/random/boot_id"); now == boots[h.Name] {
			t.Errorf("%s was not rebooted", h.Name)
		}
		if a, b, c := versionOf(t, h, "toy"), versionOf(t, h, "other-toy"), versionOf(t, h, "held-toy"); a != "2.0" || b != "1.0" || c != "1.0" {
			t.Errorf("%s: %s, %s, %s", h.Name, a, b, c)
		}
		if auto := on(t, h, "apt-mark", "showauto", "toy"); auto != "toy" {
			t.Errorf("it is marked as wished for: %q", auto)
		}
	}
	kinds := map[string]int{}
	for _, e := range w.events() {
		kinds[e.Kind]++
	}
	if kinds["host.patched"] != 2 || kinds["host.rebooted"] != 2 {
		t.Errorf("%v", kinds)
	}
	w.says(w.must(0, "patch", "production", "--yes"), "Nothing to do")
	w.says(w.must(0, "patch", "production", "web-2", "--all", "--yes"), "1 package updated", "1 host patched")
	if a, b := versionOf(t, fleet.Hosts[0], "other-toy"), versionOf(t, fleet.Hosts[1], "other-toy"); a != "1.0" || b != "2.0" {
		t.Errorf("%s, %s", a, b)
	}
	w.says(w.must(2, "patch", "production", "--batch", "x", "--yes"), "x is no batch")
}

func TestAHostThatDoesNotComeBackOrIsNotWellStopsTheRest(t *testing.T) {
	long(t)
	w, fleet := newFleet(t, 2, quiet)
	outdated(t, fleet, askReboot)
	first, second := fleet.Hosts[0], fleet.Hosts[1]
	// A unit that somebody has started by hand does not come back.
	first.Put(t, "/etc/systemd/system/by-hand.service", []byte("[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"), 0o644)
	on(t, first, "sh", "-c", "systemctl daemon-reload && systemctl start by-hand")
	s := w.must(1, "patch", "production", "--yes", "--within", "15s")
	w.says(s, "does not run any more: by-hand.service", "Not well: web-1.", "Not begun: web-2.")
	if now := versionOf(t, second, "toy"); now != "1.0" {
		t.Errorf("web-2 has %s", now)
	}
	// Nobody is let in after the next start.
	on(t, first, "sh", "-c", "systemctl disable ssh && systemctl mask ssh")
	s = w.must(1, "patch", "production", "--yes", "--reboot", "always", "--within", "10s")
	w.says(s, "did not come back within 10 s", "Not well: web-1.", "Not begun: web-2.")
	if now := versionOf(t, second, "toy"); now != "1.0" {
		t.Errorf("web-2 has %s", now)
	}
	failed := 0
	for _, e := range w.events() {
		if e.Kind == "host.rebooted" && strings.Contains(string(e.Data), "did not come back") {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("the ledger tells of %d", failed)
	}
}
