package e2e

import (
	"strings"
	"testing"

	"gemba"
)

// numbered is the toy with a build that tells a counter of each time it is done, and what else it does.
func numbered(c *counter, also string) string {
	return building("network = true\n    run     = \"curl -fsS " + c.URL + "/build && mkdir out && cp mode out" + also + "\"\n    output  = [\"toy\", \"mode\", \"out\"]")
}

func TestARevertShipsTheOlderArtifactWithoutABuild(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	w := newWorld(t, map[string]string{"gemba.hcl": numbered(c, "")})
	w.must(0, "ship")
	first := w.deployed("production")
	w.write("mode", "greeting=warmer\n")
	w.commit("Warmer")
	w.must(0, "ship")
	w.git("revert", "--no-edit", "HEAD")
	w.says(w.must(0, "ship"), "built before")
	if now := w.deployed("production"); now.Artifact != first.Artifact || now.Release != first.Release || now.Commit.Hash == first.Commit.Hash {
		t.Errorf("a revert placed %+v, not what %+v was", now, first)
	}
	if n := c.count("build"); n != 2 {
		t.Errorf("two trees were built %d times", n)
	}
}

func TestARebuildSaysWhetherItIsReproducibleAndTheFirstArtifactStays(t *testing.T) {
	t.Parallel()
	for also, want := range map[string]struct {
		says         string
		reproducible bool
	}{
		"":                         {"built again: the same bytes", true},
		" && date +%s%N >out/time": {"not reproducible", false},
	} {
		t.Run(want.says, func(t *testing.T) {
			c := newCounter(t)
			w := newWorld(t, map[string]string{"gemba.hcl": numbered(c, also)})
			w.must(0, "ship")
			first := w.deployed("production")
			w.says(w.must(0, "ship", "--rebuild", "is it the same?"), want.says)
			if n := c.count("build"); n != 2 {
				t.Errorf("built %d times", n)
			}
			if now := w.deployed("production"); now.Artifact != first.Artifact || !now.Since.Equal(first.Since) {
				t.Errorf("the first artifact did not stay: %+v, then %+v", first, now)
			}
			if made := w.runs()[0].Artifact; made == nil || made.Reproducible == nil || *made.Reproducible != want.reproducible {
				t.Errorf("the run's artifact is %+v", made)
			}
			w.says(w.must(0, "ledger", "-n", "1000"), "artifact.rebuilt", "is it the same?")
			w.says(w.must(2, "ship", "--rebuild", " "), "reason")
		})
	}
}

func TestEveryEventOfARunLeadsBackToItsAcceptance(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	w.write("mode", "health=500\n")
	w.commit("Break it")
	w.must(4, "ship")
	w.must(0, "rollback", "staging", "--to", string(w.deployed("staging").Release))
	events := map[int64]gemba.Event{}
	for _, e := range w.events() {
		events[e.Seq] = e
		if e.Run == 0 {
			continue
		}
		root := e
		for root.Cause != 0 {
			if root.Cause >= root.Seq {
				t.Fatalf("event %d was caused by %d", root.Seq, root.Cause)
			}
			root = events[root.Cause]
		}
		if root.Kind != "run.accepted" || root.Run != e.Run || !strings.HasPrefix(root.Actor, "uid:") {
			t.Errorf("%s of run %d leads back to %s of run %d by %s", e.Kind, e.Run, root.Kind, root.Run, root.Actor)
		}
	}
}
