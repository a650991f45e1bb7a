package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemba"
)

func TestAChangeOfAProfileTravelsThroughTheCopyOfProductionFirst(t *testing.T) {
	t.Parallel()
	w, dir := newHost(t)
	for _, environment := range []string{"staging", "production"} {
		w.mkdir(filepath.Join(dir, environment))
	}
	// Two hosts that are both this machine, each with a directory of its own, which its profile finds by the template's host.
	declared := func(content string) string {
		return strings.NewReplacer("DIR", dir, "CONTENT", content).Replace(`
host "stage" {
  kind = "local"
}
host "live" {
  kind = "local"
}
profile "staging" {
  file "DIR/staging/motd" {
    content = "CONTENT"
  }
}
profile "production" {
  file "DIR/production/motd" {
    content = "CONTENT"
  }
}
environment "production" {
  group "web" {
    hosts   = host.live
    profile = profile.production
  }
}
environment "staging" {
  copy_of = environment.production
  group "web" {
    hosts   = host.stage
    profile = profile.staging
  }
}
`)
	}
	text := func(environment string) string {
		content, _ := os.ReadFile(filepath.Join(dir, environment, "motd"))
		return string(content)
	}
	w.write("gemba.hcl", declared("one\\n"))
	w.commit("One")
	s := w.must(0, "ship")
	w.says(s, "staging", "production", "Production is as")
	if text("staging") != "one\n" || text("production") != "one\n" {
		t.Fatalf("%q, %q", text("staging"), text("production"))
	}
	w.says(w.must(0, "ship"), "unchanged")

	// What cannot be applied in staging never comes to production.
	w.write("gemba.hcl", strings.Replace(declared("two\\n"), "    content = \"two\\n\"\n  }\n}\nprofile \"production\"", "    content  = \"two\\n\"\n    validate = [\"false\"]\n  }\n}\nprofile \"production\"", 1))
	w.commit("Two")
	w.says(w.must(1, "ship"), "not valid", "Production was not touched")
	if text("production") != "one\n" {
		t.Fatalf("production has %q", text("production"))
	}
	if run := w.runs()[0]; run.Steps[1].State != gemba.Left {
		t.Errorf("%+v", run.Steps)
	}

	// Straight to production is the exception.
	w.write("gemba.hcl", declared("three\\n"))
	w.commit("Three")
	w.says(w.must(2, "apply", "--yes"), "is the exception", "--reason")
	w.must(0, "apply", "--yes", "--environment", "staging")
	w.must(0, "apply", "--yes", "--reason", "the site is down")
	if text("production") != "three\n" || !strings.Contains(w.must(0, "ledger", "-n", "100").out, "the site is down") {
		t.Errorf("production has %q", text("production"))
	}
}
