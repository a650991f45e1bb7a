package e2e

import (
	"os"
	"strings"
	"testing"
)

// Each example is shipped as its users would: its own repository, its own declaration.
func TestTheExamplesShip(t *testing.T) {
	t.Parallel()
	for name, shows := range map[string]string{
		"guestbook": "Leave a line", "linkcheck": "No link is watched yet", "shortener": "Shorten an address", "site": "Forty gardens",
	} {
		t.Run(name, func(t *testing.T) {
			w := newExample(t, name)
			w.says(w.must(0, "ship"), "production deploy", "shipped")
			if page := w.get("production", "/"); !strings.Contains(page, shows) {
				t.Fatalf("the page does not say %q: %s", shows, page)
			}
			production := w.deployed("production")
			if !production.Healthy {
				t.Fatalf("not healthy: %s", production.Reason)
			}
			for _, p := range production.Processes {
				want := map[string]string{"web": "running", "worker": "running", "schedule": "scheduled", "static": "serving"}[string(p.Kind)]
				if p.State != want {
					t.Errorf("%s is %q, not %q", p.Name, p.State, want)
				}
			}
			w.says(w.must(0, "ship"), "unchanged")
		})
	}
}

// newExample makes a repository of an example.
func newExample(t *testing.T, name string) *world {
	t.Helper()
	w := newWorld(t, nil)
	w.git("rm", "-rqf", ".")
	if err := os.CopyFS(w.dir, os.DirFS("../examples/"+name)); err != nil {
		t.Fatal(err)
	}
	w.commit("The " + name)
	return w
}
