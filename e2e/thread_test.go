package e2e

import (
	"net"
	"strings"
	"testing"

	"gemba"
)

func TestACommitIsShippedOnceAndPromotedByDigest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.write("notes.txt", "not committed")
	shipped := w.must(0, "ship")
	w.says(shipped, "notes.txt", "artifact", "staging", "production", "shipped")
	staging, production := w.deployed("staging"), w.deployed("production")
	if staging.Artifact == "" || staging.Artifact != production.Artifact {
		t.Fatalf("staging has %s, production %s", staging.Artifact, production.Artifact)
	}
	if !production.Healthy || !staging.Healthy {
		t.Fatalf("not healthy: %q, %q", staging.Reason, production.Reason)
	}
	if got := w.get("production", "/"); got != "hello" {
		t.Fatalf("production says %q", got)
	}
}

func TestShippingTheSameAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	before, pid := w.deployed("production"), w.get("production", "/pid")
	w.says(w.must(0, "ship"), "unchanged")
	after := w.deployed("production")
	if got := w.get("production", "/pid"); got != pid {
		t.Fatalf("the process is another: %s, then %s", pid, got)
	}
	if !after.Since.Equal(before.Since) || after.Release != before.Release {
		t.Fatalf("placed anew: %+v, then %+v", before, after)
	}
	for _, e := range w.events() {
		if e.Run == 2 && e.Kind == "release.placed" {
			t.Fatalf("the second run placed a release")
		}
	}
}

func TestAChangeReplacesTheReleaseAndRollbackBringsItBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	first := w.deployed("production")
	w.write("mode", "greeting=warmer\n")
	w.commit("Warmer greeting")
	w.must(0, "ship")
	if got := w.get("production", "/"); got != "warmer" {
		t.Fatalf("production says %q", got)
	}
	back := w.must(0, "rollback", "production")
	w.says(back, first.Release.Short(), "rolled back")
	if got := w.get("production", "/"); got != "hello" {
		t.Fatalf("after the rollback production says %q", got)
	}
	if now := w.deployed("production"); now.Release != first.Release {
		t.Fatalf("rolled back to %s, not %s", now.Release, first.Release)
	}
	if got := w.get("staging", "/"); got != "warmer" {
		t.Fatalf("the rollback of production changed staging: %q", got)
	}
}

func TestAFailingTestStopsTheLineAndProductionAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"gemba.hcl": strings.Replace(declaration, "  process", "  test \"unit\" {\n    run = \"grep -q greeting mode\"\n  }\n  process", 1)})
	w.must(0, "ship")
	w.write("mode", "nothing\n")
	w.commit("Break it")
	s := w.must(3, "ship")
	w.says(s, "test", "exited with 1", "build failed", "gemba logs toy --run 2")
	if got := w.get("production", "/"); got != "hello" {
		t.Fatalf("production says %q", got)
	}
	run := w.runs()[0]
	for _, step := range run.Steps {
		if step.Kind == gemba.StepDeploy && step.State != gemba.Left {
			t.Fatalf("%s %s is %s although the line was stopped", step.Stage, step.Name, step.State)
		}
	}
	w.says(w.must(0, "logs", "--run", "2"))
}

func TestAnUnhealthyReleaseIsPutBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mode, says string }{
		"answers 500":             {"health=500\n", "GET /healthz answered 500"},
		"exits at once":           {"exit=9\n", "exited with 9"},
		"never listens":           {"listen=none\n", "connection refused"},
		"listens on a wrong port": {"listen=39871\n", "it listens on 127.0.0.1:39871, not on PORT"},
		"never ends, never works": {"health=500\nignore-term\n", "GET /healthz answered 500"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.must(0, "ship")
			pid := w.get("staging", "/pid")
			w.write("mode", c.mode)
			w.commit("Break it")
			s := w.must(4, "ship")
			w.says(s, c.says, "put back", "serves on")
			if got := w.get("staging", "/pid"); got != pid {
				t.Fatalf("what served before was restarted: %s, then %s", pid, got)
			}
			if got := w.get("production", "/"); got != "hello" {
				t.Fatalf("production says %q", got)
			}
			if n := len(w.processes("./toy")); n != 2 {
				t.Fatalf("%d toys run, not one in each environment", n)
			}
		})
	}
}

func TestAProcessThatIgnoresSIGTERMIsEndedAfterItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"mode": "greeting=hello\nignore-term\n"})
	w.must(0, "ship")
	w.write("mode", "greeting=warmer\n")
	w.commit("Warmer")
	w.must(0, "ship")
	if got := w.get("production", "/"); got != "warmer" {
		t.Fatalf("production says %q", got)
	}
	if n := len(w.processes("./toy")); n != 2 {
		t.Fatalf("%d toys run, not one in each environment", n)
	}
}

func TestAPortThatIsTakenIsSaidAndFreedAgain(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	w := newWorld(t, map[string]string{"gemba.hcl": declaration + "environment \"production\" {\n  deploy \"toy\" {\n    port = " + port + "\n  }\n}\n"})
	w.says(w.must(1, "ship"), "port "+port, "another program listens on it", "ss -ltnp")
	if n := len(w.processes("./toy")); n != 0 {
		t.Errorf("%d toys of the release that was not placed still run", n)
	}
	l.Close()
	w.must(0, "ship")
	if got := w.get("production", "/"); got != "hello" {
		t.Errorf("production says %q", got)
	}
}

func TestAWrongAnswerStopsTheLineBeforeProduction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"gemba.hcl": declaration + `
environment "production" {
  deploy "toy" {}
}
environment "staging" {
  copy_of = environment.production
}
pipeline "toy" {
  stage "staging" {
    environment = environment.staging
    verify "greets" {
      http     = "/"
      contains = "hello"
      timeout  = "1s"
    }
  }
  stage "production" {
    environment = environment.production
  }
}
`})
	w.must(0, "ship")
	w.write("mode", "greeting=silence\n")
	w.commit("Silence")
	w.says(w.must(5, "ship"), "greets", "without \"hello\"", "Production serves")
	if got := w.get("production", "/"); got != "hello" {
		t.Fatalf("production says %q", got)
	}
}

func TestOneVariableIsANewReleaseOfTheSameArtifact(t *testing.T) {
	t.Parallel()
	const environments = `
variable "colour" {
  type    = string
  default = "blue"
}
environment "production" {
  deploy "toy" {
    env = { COLOUR = var.colour }
  }
}
`
	w := newWorld(t, map[string]string{"gemba.hcl": declaration + environments})
	w.must(0, "ship")
	first := w.deployed("production")
	w.must(0, "ship", "--var", "colour=red")
	second := w.deployed("production")
	if first.Artifact != second.Artifact || first.Release == second.Release {
		t.Fatalf("artifacts %s and %s, releases %s and %s", first.Artifact, second.Artifact, first.Release, second.Release)
	}
	if got := w.get("production", "/"); got != "hello red" {
		t.Fatalf("production says %q", got)
	}
	w.must(0, "rollback", "production")
	if got := w.get("production", "/"); got != "hello blue" {
		t.Fatalf("after the rollback production says %q", got)
	}
}

func TestACommitCannotDropTheGateThatItHasToPass(t *testing.T) {
	t.Parallel()
	gate := declaration + `
environment "production" {
  deploy "toy" {}
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
	w := newWorld(t, map[string]string{"gemba.hcl": gate})
	w.must(0, "ship")
	w.write("gemba.hcl", strings.Replace(gate, `contains = "hello"`, "", 1))
	w.write("mode", "greeting=silence\n")
	w.commit("No gate")
	w.says(w.must(4, "ship"), "gemba accept", "without \"hello\"", "put back to")
	if got := w.get("production", "/"); got != "hello" {
		t.Fatalf("production says %q", got)
	}
	w.says(w.must(0, "accept"), "production")
	w.must(0, "ship")
	found := false
	for _, e := range w.events() {
		found = found || e.Kind == "declaration.accepted" && strings.HasPrefix(e.Actor, "uid:")
	}
	if !found {
		t.Fatal("the ledger does not say who accepted the declaration")
	}
}

func TestDataSurvivesDeployRollbackAndDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	post(w, "production", "/note", "kept")
	w.write("mode", "greeting=again\n")
	w.commit("Again")
	w.must(0, "ship")
	w.must(0, "rollback", "production")
	w.must(0, "down")
	if n := len(w.processes("")); n != 0 {
		t.Fatalf("%d processes run after down", n)
	}
	w.must(0, "ship")
	if got := w.get("production", "/note"); got != "kept" {
		t.Fatalf("the note is %q", got)
	}
	if got := w.get("staging", "/note"); got != "" {
		t.Fatalf("staging has production's note: %q", got)
	}
}

func TestRollbackNeverChoosesAReleaseThatWasGoneBackFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	for _, greeting := range []string{"second", "third"} {
		w.write("mode", "greeting="+greeting+"\n")
		w.commit(greeting)
		w.must(0, "ship")
	}
	for _, want := range []string{"second", "hello"} {
		w.must(0, "rollback", "production")
		if got := w.get("production", "/"); got != want {
			t.Fatalf("production says %q, not %q", got, want)
		}
	}
	w.says(w.gemba("rollback", "production"), "no release to go back to", "gemba releases production")
}
