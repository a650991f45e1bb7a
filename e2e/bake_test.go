package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/fleettest"
)

// bakedProfile has what an image can hold whole, what starting a system does, and what has to be done once.
const bakedProfile = `
profile "web" {
  package "nginx-light" {}
  user "guestbook" {
    system = true
  }
  directory "/srv/guestbook" {
    owner = user.guestbook
    mode  = "0750"
  }
  file "/srv/guestbook/config" {
    content = "greeting=hello from ${facts.distribution}\n"
    owner   = user.guestbook
    mode    = "0640"
  }
  unit "nginx" {
    running  = true
    enabled  = true
    requires = [package.nginx-light]
  }
  unit "beat" {
    running = true
    content = "[Service]\nExecStart=/usr/bin/sleep infinity\n"
  }
  sysctl "net.ipv4.ip_forward" {
    value = "1"
  }
  hostname "guestbook" {}
}
`

// bake bakes the profile over a base and returns what is said of the image.
func (w *world) bake(base, file string, flags ...string) gemba.Image {
	w.Helper()
	began := time.Now()
	s := w.must(0, append([]string{"bake", "web", "--json", "--base", base, "-o", file}, flags...)...)
	lines := strings.Split(strings.TrimSpace(s.out), "\n")
	var last gemba.BakeFrame
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Image == nil {
		w.Fatalf("the last line is no image: %v\n%s", err, s)
	}
	w.Logf("baked %d MB in %.1f s", last.Image.Size>>20, time.Since(began).Seconds())
	return *last.Image
}

func TestAHostMadeOfABakedImageHasNothingToChange(t *testing.T) {
	long(t)
	base := fleettest.Base(t)
	w := newWorld(t, nil)
	w.write("gemba.hcl", bakedProfile)
	w.commit("The servers")
	first := w.bake(base, "first.tar")
	w.write("README", "Says nothing of the profile.\n")
	w.git("add", "README", "web.lock")
	w.git("commit", "-qm", "What no image depends on")
	second := w.bake(base, "second.tar")
	if first.Digest != second.Digest || first.Digest == "" {
		t.Fatalf("the same profile, base and lock gave %s and %s", first.Digest, second.Digest)
	}
	if out, err := exec.Command("cmp", filepath.Join(w.dir, "first.tar"), filepath.Join(w.dir, "second.tar")).CombinedOutput(); err != nil {
		t.Errorf("%s: %v", out, err)
	}
	if w.git("status", "--porcelain", "web.lock") != "" {
		t.Errorf("a second bake has changed the lock")
	}
	w.toldOfBaking(first)
	host := w.bootOf(bakedProfile, "first.tar")
	w.says(w.must(0, "plan"), "No changes", "8 resources")
	w.must(0, "drift")
	for _, unit := range []string{"nginx", "beat", "ssh"} {
		w.eventually(unit+" runs", func() bool {
			out, _ := host.Run(t.Context(), "systemctl", "is-active", unit)
			return out == "active\n"
		})
	}
	for command, want := range map[string]string{
		"cat /proc/sys/net/ipv4/ip_forward":                  "1\n",
		"cat /srv/guestbook/config":                          "greeting=hello from debian\n",
		"hostname":                                           "guestbook\n",
		"ls /etc/systemd/system | grep -c firstboot || true": "0\n",
		"find / -xdev -name '*gemba*' -not -path '/etc/sysctl.d/*' -not -path '*/journal/*' -not -path '/var/lib/gemba*'": "",
		"wc -c </etc/machine-id": "33\n",
	} {
		if out, err := host.Run(t.Context(), "sh", "-c", command); err != nil || out != want {
			t.Errorf("%s: %q, %v", command, out, err)
		}
	}
}

// TestBakeSoak makes the base of Debian twice, minutes apart, which takes long: make bake-soak.
func TestBakeSoak(t *testing.T) {
	if os.Getenv("GEMBA_BAKE_SOAK") == "" {
		t.Skip("it takes minutes: make bake-soak")
	}
	fleettest.Base(t)
	w := newWorld(t, nil)
	w.patience = 15 * time.Minute
	profile := bakedProfile[:strings.LastIndex(bakedProfile, "}")] + "  unit \"systemd-networkd\" {\n    running = true\n    enabled = true\n  }\n}\n"
	w.write("gemba.hcl", profile)
	w.commit("The servers")
	first := w.bake("debian:bookworm", "first.tar", "--update")
	second := w.bake("debian:bookworm", "second.tar", "--update")
	if first.Digest != second.Digest {
		t.Errorf("two bases of the same versions gave %s and %s", first.Digest, second.Digest)
	}
	host := w.bootOf(profile, "first.tar")
	w.says(w.must(0, "plan"), "No changes", "9 resources")
	w.eventually("nginx runs", func() bool {
		out, _ := host.Run(t.Context(), "systemctl", "is-active", "nginx")
		return out == "active\n"
	})
}

// bootOf boots a host of an image, makes it known, and declares it with the profile.
func (w *world) bootOf(profile, file string) *fleettest.Host {
	w.Helper()
	root := filepath.Join(w.home, "image")
	w.mkdir(root)
	if out, err := exec.Command("tar", "-xpf", filepath.Join(w.dir, file), "-C", root, "--numeric-owner", "--xattrs", "--xattrs-include=*").CombinedOutput(); err != nil {
		w.Fatalf("%s: %v", out, err)
	}
	fleet := fleettest.BootFrom(w, root)
	host := fleet.Hosts[0]
	w.mkdir(filepath.Join(w.home, ".ssh"))
	w.put(filepath.Join(w.home, ".ssh", "config"), "Host *\n  IdentityFile "+fleet.Key+"\n  IdentitiesOnly yes\n")
	w.write("gemba.hcl", profile+fmt.Sprintf(`
host "web" {
  address = [%q]
}
environment "production" {
  group "web" {
    hosts   = host.web
    profile = profile.web
  }
}
`, host.Address))
	w.git("commit", "-qam", "A host made of the image")
	w.must(0, "host", "add", "root@"+host.Address)
	return host
}

func (w *world) toldOfBaking(image gemba.Image) {
	w.Helper()
	for _, e := range w.events() {
		if e.Kind == "profile.baked" && e.Subject == "profile/web" && strings.Contains(string(e.Data), string(image.Digest)) && strings.Contains(string(e.Data), `"nginx-light"`) {
			return
		}
	}
	w.Errorf("the ledger does not tell of %s", image.Digest)
}

func TestAnImageIsKeptInTheArtifactStoreForOtherTools(t *testing.T) {
	long(t)
	fleettest.Base(t) // where hosts can be booted, images can be baked
	w := newWorld(t, nil)
	base := filepath.Join(w.home, "base")
	w.mkdir(filepath.Join(base, "usr"))
	w.mkdir(filepath.Join(base, "etc"))
	w.write("gemba.hcl", "profile \"web\" {\n  file \"/etc/motd\" {\n    content = \"Welcome.\\n\"\n  }\n  sysctl \"net.ipv4.ip_forward\" {\n    value = \"1\"\n  }\n  directory \"/etc/sysctl.d\" {}\n}\n")
	w.commit("A message")
	image := w.bake(base, "web.tar", "--image", "guestbook")
	if again := w.bake(base, "web.tar", "--image", "guestbook"); again.Artifact != image.Artifact || image.Artifact == "" {
		t.Errorf("the same image is %q and %q", image.Artifact, again.Artifact)
	}
	if len(image.Residue) != 1 || image.Residue[0].Resource != "sysctl.net.ipv4.ip_forward" || image.FirstBoot {
		t.Errorf("left to the start are %+v, %v", image.Residue, image.FirstBoot)
	}
	text, err := os.ReadFile(filepath.Join(w.dir, ".gemba", "artifacts", "index.json"))
	if err != nil || !strings.Contains(string(text), string(image.Artifact)) || !strings.Contains(string(text), `"org.opencontainers.image.ref.name": "guestbook"`) {
		t.Errorf("%v: the index does not name %s:\n%s", err, image.Artifact, text)
	}
	out, err := exec.Command("tar", "-tf", filepath.Join(w.dir, "web.tar")).Output()
	if err != nil || strings.Contains(string(out), "policy-rc.d") || strings.Contains(string(out), "resolv.conf") {
		t.Errorf("what was there only while it was baked is in the image, %v:\n%s", err, out)
	}
}

func TestABakeThatIsCutOffLeavesNothing(t *testing.T) {
	long(t)
	base := fleettest.Base(t)
	w := newWorld(t, nil)
	w.write("gemba.hcl", "profile \"web\" {\n  command \"slow\" {\n    run = [\"sleep\", \"500\"]\n  }\n}\n")
	w.commit("Slow")
	begin := func() (*exec.Cmd, *tape) {
		t.Helper()
		command, _, talk := w.start("bake", "web", "--base", base, "-o", "web.tar")
		w.eventually("the worker is at work", func() bool { return len(w.processes("converge --baked")) > 0 })
		time.Sleep(300 * time.Millisecond) // it may have stepped in, and may not
		return command, talk
	}
	gone := func() {
		t.Helper()
		w.eventually("the worker is gone", func() bool { return len(w.processes("converge --baked")) == 0 })
		mounts, err := os.ReadFile("/proc/self/mountinfo")
		if err != nil || strings.Contains(string(mounts), w.dir) {
			t.Errorf("something is mounted: %v", err)
		}
	}
	command, talk := begin()
	_ = command.Process.Signal(os.Interrupt)
	if err := command.Wait(); err == nil || !strings.Contains(talk.String(), "no image was made") {
		t.Errorf("%v: %s", err, talk.String())
	}
	gone()
	w.eventually("what was baked in is removed", func() bool {
		_, err := os.Stat(filepath.Join(w.dir, ".gemba", "bake"))
		return os.IsNotExist(err)
	})
	command, _ = begin()
	w.kill("gemba-server")
	_ = command.Wait()
	gone()
	w.write("gemba.hcl", "profile \"web\" {\n  file \"/etc/motd\" {\n    content = \"Welcome.\\n\"\n  }\n}\n")
	w.commit("Fast")
	w.bake(base, "web.tar")
}

func TestAnImageThatCannotBeMadeIsNotWritten(t *testing.T) {
	long(t)
	base := fleettest.Base(t)
	w := newWorld(t, nil)
	bad := "profile \"web\" {\n  file \"/etc/a\" {\n    content = \"on ${facts.hostname}\"\n  }\n}\n"
	w.write("gemba.hcl", bad)
	w.commit("What no image knows")
	w.says(w.must(1, "bake", "web", "--base", base, "-o", "web.tar"), "the host does not say its hostname")
	w.says(w.must(2, "bake", "web"), "-o FILE")
	w.says(w.gemba("bake", "other", "-o", "web.tar"), `there is no profile "other"`, "web")
	w.says(w.gemba("bake", "web", "--base", "nowhere", "-o", "web.tar"), "there is no base", "debian:bookworm")
	w.write("gemba.hcl", "profile \"web\" {\n  package \"tree\" {}\n}\n")
	w.commit("A package")
	w.write("web.lock", "tree=0.1-1\n")
	w.says(w.gemba("bake", "web", "--base", base, "-o", "web.tar"), "the versions of the lock cannot be had", "tree is", "not 0.1-1", "--update")
	for _, name := range []string{"web.tar", ".gemba/bake"} {
		if _, err := os.Stat(filepath.Join(w.dir, name)); err == nil {
			t.Errorf("%s is there", name)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, ".baking*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
