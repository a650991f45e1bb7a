package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestEnvironmentsMayLiveInAnotherRepository(t *testing.T) {
	t.Parallel()
	const environments = `
variable "colour" {
  default = "blue"
}
secret "key" {
  file = "key"
}
environment "production" {
  deploy "toy" {
    env = { COLOUR = var.colour, KEY = secret.key }
  }
}
pipeline "toy" {
  stage "production" {
    environment = environment.production
    verify "greets" {
      http     = "/"
      contains = "hello"
      timeout  = "1s"
    }
  }
}
`
	w := newWorld(t, nil)
	w.env = append(w.env, "GEMBA_STATE="+filepath.Join(w.dir, ".gemba"))
	infra := w.beside("infra", map[string]string{"gemba.hcl": environments, ".gitignore": "key\n"})
	infra.write("key", "infra's own")
	chmod(t, filepath.Join(infra.dir, "key"), 0o600)
	infra.says(infra.must(0, "accept"), "production")

	w.says(w.must(0, "ship"), infra.dir, "shipped")
	if got := w.get("production", "/"); got != "hello blue" {
		t.Fatalf("production says %q", got)
	}
	if got := w.get("production", "/lengths?of=KEY"); got != "11" {
		t.Fatalf("the secret has %s characters", got)
	}
	w.must(0, "ship", "--var", "colour=red")
	if got := w.get("production", "/"); got != "hello red" {
		t.Fatalf("production says %q", got)
	}
	w.says(w.must(2, "ship", "--var", "color=red"), "no variable `color` is declared", "`colour`")

	// What the service's repository says of environments does not count, and its commits pass the gate of the other one.
	w.write("gemba.hcl", declaration+"environment \"production\" {\n  deploy \"toy\" {}\n}\n")
	w.write("mode", "greeting=silence\n")
	w.commit("No gate")
	w.says(w.must(4, "ship", "--var", "colour=red"), "without \"hello\"", "put back to")
	w.must(0, "accept")
	w.must(4, "ship", "--var", "colour=red")

	// Two that claim the service are one too many.
	third := w.beside("third", map[string]string{"gemba.hcl": strings.NewReplacer("secret.key", `"none"`, "secret \"key\" {\n  file = \"key\"\n}", "").Replace(environments)})
	third.must(0, "accept")
	w.says(w.must(1, "ship"), `several declarations deploy "toy"`, infra.dir, third.dir, "gemba accept")
	third.write("gemba.hcl", "environment \"elsewhere\" {}\n")
	third.commit("It is not ours")
	third.must(0, "accept")
	w.git("revert", "--no-edit", "HEAD")
	w.must(0, "ship")
}
