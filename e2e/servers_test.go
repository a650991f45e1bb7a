package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gemba/internal/fleettest"
)

// exampleServers is the example of web servers, on so many real hosts.
func exampleServers(t testing.TB, n int) (*world, *fleettest.Fleet) {
	t.Helper()
	fleet := fleettest.Boot(t, n)
	w := newWorld(t, nil)
	w.git("rm", "-rqf", ".")
	if err := os.CopyFS(w.dir, os.DirFS("../examples/servers")); err != nil {
		t.Fatal(err)
	}
	w.mkdir(filepath.Join(w.home, ".ssh"))
	w.put(filepath.Join(w.home, ".ssh", "config"), "Host *\n  IdentityFile "+fleet.Key+"\n  IdentitiesOnly yes\n")
	var addresses []string
	for _, h := range fleet.Hosts {
		addresses = append(addresses, fmt.Sprintf("%q", h.Address))
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "gemba.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	w.write("gemba.hcl", regexp.MustCompile(`address = \[.*`).ReplaceAllLiteralString(string(text), "address = ["+strings.Join(addresses, ", ")+"]"))
	w.commit("The servers")
	for _, h := range fleet.Hosts {
		w.must(0, "host", "add", "root@"+h.Address)
	}
	return w, fleet
}

// TestTheExampleOfServersIsConverged is a realistic profile on two hosts; `make bench-converge` does the same with ten.
func TestTheExampleOfServersIsConverged(t *testing.T) {
	t.Parallel()
	hosts := 2
	if text := os.Getenv("GEMBA_SERVERS"); text != "" {
		hosts, _ = strconv.Atoi(text)
	}
	w, fleet := exampleServers(t, hosts)
	requireMirror(t, fleet.Hosts[0])
	w.says(w.must(0, "apply", "--yes"), fmt.Sprintf("%d hosts", hosts))
	for _, h := range fleet.Hosts {
		response, err := http.Get("http://" + h.Address + "/")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", h.Name, response.Status)
		}
	}
	w.says(w.must(0, "apply", "--yes"), "No changes")
	w.must(0, "drift")

	// By hand: a file where nothing may be that is not declared, another mode, and a stopped timer.
	by := fleet.Hosts[hosts-1]
	hand(t, by, "echo mine >/var/www/site/mine.html; chmod 0600 /etc/nginx/sites-available/site; systemctl stop site-report.timer")
	s := w.must(2, "drift")
	w.says(s, "directory./var/www/site", "file./etc/nginx/sites-available/site", "unit.site-report.timer")
	if n := strings.Count(s.out, "\n"); n != 4 { // nginx is told of its file
		t.Errorf("%d differences:\n%s", n, s.out)
	}
	w.must(0, "apply", "--yes")
	w.must(0, "drift")

	// Another domain: one file, and nginx is told.
	w.says(w.must(0, "apply", "--yes", "--var", "domain=other.example"), "unit nginx", "because of file./etc/nginx/sites-available/site")
	if out := hand(t, by, "grep server_name /etc/nginx/sites-available/site"); !strings.Contains(out, "other.example") {
		t.Errorf("%q", out)
	}
}

func hand(t testing.TB, h *fleettest.Host, script string) string {
	t.Helper()
	out, err := h.Run(context.Background(), "sh", "-ec", script)
	if err != nil {
		t.Fatalf("%s on %s: %v", script, h.Name, err)
	}
	return out
}

// requireMirror skips where hosts cannot fetch packages.
func requireMirror(t testing.TB, h *fleettest.Host) {
	t.Helper()
	if _, err := h.Run(context.Background(), "sh", "-c", "apt-get -qq update && apt-cache show nginx-light >/dev/null"); err != nil {
		t.Skipf("NOT TESTED: hosts do not reach the mirror of Debian: %v", err)
	}
}
