package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemba"
)

// infrastructure is one host, this machine, on which everything that is declared lies below a directory of the test's.
func infrastructure(dir string) map[string]string {
	return map[string]string{
		"gemba.hcl": strings.ReplaceAll(`
variable "colour" {
  default = "blue"
}
secret "key" {
  file = "key"
}
host "here" {
  kind = "local"
}
profile "web" {
  file "DIR/motd" {
    content = "Welcome.\n"
    mode    = "0644"
  }
  file "DIR/config" {
    template = "config.tmpl"
    vars     = { colour = var.colour, key = secret.key }
    mode     = "0600"
  }
  file "DIR/host-${each.key}" {
    for_each = ["a", "b"]
    content  = "this is ${each.value} on ${facts.hostname}\n"
  }
}
environment "production" {
  group "web" {
    hosts   = host.here
    profile = profile.web
  }
}
`, "DIR", dir),
		"config.tmpl": "colour: {{.vars.colour}}\nkey: {{.vars.key}}\n",
		".gitignore":  "key\n",
	}
}

// newHost is a person with such a repository, and the directory.
func newHost(t *testing.T) (*world, string) {
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: to change a host needs root")
	}
	w := newWorld(t, nil)
	dir := filepath.Join(filepath.Dir(w.dir), "host")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "GEMBA_HOST_STATE="+filepath.Join(filepath.Dir(w.dir), "host-state"))
	for name, text := range infrastructure(dir) {
		w.write(name, text)
	}
	w.write("key", "a very secret key")
	chmod(t, filepath.Join(w.dir, "key"), 0o600)
	w.commit("The servers")
	return w, dir
}

func (w *world) plan(args ...string) gemba.FleetPlan {
	w.Helper()
	var plan gemba.FleetPlan
	w.decode(w.must(0, append([]string{"plan", "--json"}, args...)...).out, &plan)
	return plan
}

func TestAHostIsPlannedAppliedVerifiedAndWatchedForDrift(t *testing.T) {
	t.Parallel()
	w, dir := newHost(t)
	plan := w.plan()
	if len(plan.Hosts) != 1 || len(plan.Hosts[0].Changes) != 4 {
		t.Fatalf("%+v", plan)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Fatalf("planning made %v", left)
	}
	w.says(w.must(0, "hosts"), "production\there\tweb\tnever applied\t4\t", "this machine")
	w.says(w.must(2, "apply"), "nobody can be asked", "gemba apply --plan p-2")
	w.says(w.must(0, "apply", "--yes"), "4 changed", "0 unchanged")
	config, err := os.ReadFile(filepath.Join(dir, "config"))
	if err != nil || string(config) != "colour: blue\nkey: a very secret key\n" {
		t.Fatalf("%q, %v", config, err)
	}
	w.says(w.must(0, "apply", "--yes"), "No changes")
	w.says(w.must(0, "hosts"), "production\there\tweb\tas declared\t0\t")
	w.must(0, "drift")

	// One file is changed by hand, with the same size and time.
	motd := filepath.Join(dir, "motd")
	before, err := os.Stat(motd)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(motd, []byte("Welcame.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(motd, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
	w.says(w.must(2, "drift"), "file."+motd)
	w.says(w.must(0, "hosts"), "production\there\tweb\tdiffers\t1\t")
	var status gemba.Status
	w.decode(w.must(0, "status", "--json").out, &status)
	if len(status.Hosts) != 1 || status.Hosts[0].Standing() != gemba.Differs {
		t.Errorf("%+v", status.Hosts)
	}
	w.says(w.must(0, "apply", "--yes"), "1 changed", "3 unchanged")
	w.must(0, "drift")

	// Another colour: the secret beside it is in no plan, event or log.
	changed := w.plan("--var", "colour=red")
	text, _ := json.Marshal(changed)
	if c := changed.Hosts[0].Changes; len(c) != 1 || !c[0].Diffs[0].Hidden {
		t.Errorf("%s", text)
	}
	w.must(0, "apply", "--yes", "--var", "colour=red")
	events := w.must(0, "ledger", "--json", "-n", "1000").out
	state, _ := os.ReadFile(filepath.Join(w.dir, ".gemba", "state.db"))
	for place, text := range map[string]string{"plan": string(text), "ledger": events, "state": string(state)} {
		if strings.Contains(text, "very secret") {
			t.Errorf("the secret is in the %s", place)
		}
	}
	w.must(0, "ledger", "verify")
}

func TestTheServerLooksForDriftByItself(t *testing.T) {
	t.Parallel()
	w, dir := newHost(t)
	w.env = append(w.env, "GEMBA_DRIFT_EVERY=200ms")
	w.must(0, "apply", "--yes")
	kinds := func() map[string]int {
		found := map[string]int{}
		for _, e := range w.events() {
			found[e.Kind]++
		}
		return found
	}
	if err := os.Remove(filepath.Join(dir, "motd")); err != nil {
		t.Fatal(err)
	}
	w.eventually("the ledger says that the host drifted", func() bool { return kinds()["host.drifted"] == 1 })
	if _, err := os.Stat(filepath.Join(dir, "motd")); err == nil {
		t.Fatal("looking put it back")
	}
	w.must(0, "apply", "--yes")
	if n := kinds(); n["host.applied"] != 2 || n["host.drifted"] != 1 {
		t.Errorf("%v", n)
	}
}

func TestASavedPlanIsAppliedAsItWasMadeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w, dir := newHost(t)
	w.must(0, "apply", "--yes")
	if err := os.Remove(filepath.Join(dir, "motd")); err != nil {
		t.Fatal(err)
	}
	w.plan()
	if err := os.WriteFile(filepath.Join(dir, "motd"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.says(w.must(1, "apply", "--plan", "p-2"), "has changed since the plan was made", "file."+filepath.Join(dir, "motd"), "gemba plan")
	if text, _ := os.ReadFile(filepath.Join(dir, "motd")); string(text) != "mine" {
		t.Errorf("it was changed to %q", text)
	}
	w.plan()
	w.must(0, "apply", "--plan", "p-3")
	w.must(0, "drift")
	w.says(w.must(1, "apply", "--plan", "p-99"), "there is no plan p-99")
	w.says(w.must(2, "apply", "--plan", "nonsense"), "p-NUMBER")
}

func TestMistakesOfHostsAreSaidBeforeAnythingIsChanged(t *testing.T) {
	t.Parallel()
	w, dir := newHost(t)
	w.says(w.must(1, "plan", "nowhere"), `there is no host "nowhere"`, "here")
	w.write("config.tmpl", "colour: {{.vars.color}}\n")
	w.commit("A mistake")
	s := w.must(0, "plan", "--json")
	w.says(s, "config.tmpl", "color", "gemba.hcl:")
	w.must(1, "apply", "--yes")
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v was made", left)
	}
}
