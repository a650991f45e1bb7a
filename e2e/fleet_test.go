package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemba/internal/fleettest"
)

// newFleet is a person with so many real hosts, each made known, and a repository that declares them with a profile.
func newFleet(t testing.TB, n int, profile string) (*world, *fleettest.Fleet) {
	t.Helper()
	fleet := fleettest.Boot(t, n)
	w := newWorld(t, nil)
	w.mkdir(filepath.Join(w.home, ".ssh"))
	w.put(filepath.Join(w.home, ".ssh", "config"), "Host *\n  IdentityFile "+fleet.Key+"\n  IdentitiesOnly yes\n")
	var addresses []string
	for _, h := range fleet.Hosts {
		addresses = append(addresses, fmt.Sprintf("%q", h.Address))
	}
	w.write("gemba.hcl", "host \"web\" {\n  address = ["+strings.Join(addresses, ", ")+"]\n}\nprofile \"web\" {\n"+profile+"\n}\n"+
		"environment \"production\" {\n  group \"web\" {\n    hosts   = host.web\n    profile = profile.web\n  }\n}\n")
	w.commit("The servers")
	for _, h := range fleet.Hosts {
		w.says(w.must(0, "host", "add", "root@"+h.Address), "SHA256:", "debian 12")
	}
	return w, fleet
}

func TestRealHostsAreConvergedOverSSH(t *testing.T) {
	t.Parallel()
	w, fleet := newFleet(t, 3, `
  file "/etc/motd" {
    content = "Welcome to ${facts.hostname}.\n"
    mode    = "0644"
  }
`)
	w.says(w.must(0, "apply", "--yes"), "3 changed", "web-1", "web-3")
	for _, h := range fleet.Hosts {
		if out, err := h.Run(t.Context(), "cat", "/etc/motd"); err != nil || out != "Welcome to "+h.Name+".\n" {
			t.Errorf("%s: %q, %v", h.Name, out, err)
		}
	}
	w.must(0, "drift")
	// From now on the server comes with its own key, which `host add` has let in.
	if err := os.Remove(filepath.Join(w.home, ".ssh", "config")); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.Hosts[1].Run(t.Context(), "sh", "-c", "echo by hand >/etc/motd"); err != nil {
		t.Fatal(err)
	}
	w.says(w.must(2, "drift"), "web-2\tupdate\tfile./etc/motd")
	fleet.Hosts[2].Cut(t)
	s := w.must(1, "apply", "--yes")
	w.says(s, "web-3", "could not be observed when the plan was made", "1 changed")
	fleet.Hosts[2].Mend(t)
	w.must(0, "drift")
}
