package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// releaseFile is a file of a release as it was unpacked.
func (w *world) releaseFile(environment, artifact, name string) string {
	return filepath.Join(w.dir, ".gemba", "releases", environment, "toy", artifact, name)
}

func TestFilesThatWereChangedAfterTheyWereUnpackedAreNeverPlacedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	first := w.deployed("production")
	w.write("mode", "greeting=second\n")
	w.commit("Second")
	w.must(0, "ship")

	mode := w.releaseFile("production", first.Artifact.Hex(), "mode")
	if err := os.WriteFile(mode, []byte("greeting=forged\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.must(0, "rollback", "production")
	if got := w.get("production", "/"); got != "hello" {
		t.Fatalf("under a good digest production says %q", got)
	}
	aside, _ := filepath.Glob(filepath.Dir(mode) + ".changed-*/mode")
	if len(aside) != 1 {
		t.Fatalf("what was changed is not set aside: %v", aside)
	}
	for _, e := range w.events() {
		if e.Kind == "release.changed" {
			return
		}
	}
	t.Fatal("no event tells that the files were changed")
}

func TestADamagedArtifactIsRefusedAndProductionStillAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	first := w.deployed("production")
	w.write("mode", "greeting=second\n")
	w.commit("Second")
	w.must(0, "ship")

	blobs, err := filepath.Glob(filepath.Join(w.dir, ".gemba", "artifacts", "blobs", "sha256", "*"))
	if err != nil || len(blobs) == 0 {
		t.Fatal(blobs, err)
	}
	for _, blob := range blobs { // of every size but the manifests', which are found by the digest alone
		if info, err := os.Stat(blob); err != nil || info.Size() < 100_000 {
			continue
		}
		if err := os.Truncate(blob, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Dir(w.releaseFile("production", first.Artifact.Hex(), "mode"))); err != nil {
		t.Fatal(err)
	}
	refused := w.gemba("rollback", "production")
	if refused.code == 0 {
		t.Fatalf("a damaged artifact was placed: %s", refused)
	}
	w.says(refused, "damaged", "bytes instead of", "gemba ship toy --commit "+first.Commit.Short())
	if got := w.get("production", "/"); got != "second" {
		t.Fatalf("production says %q", got)
	}
	w.must(0, "ship", "--commit", first.Commit.Hash)
	if got := w.get("production", "/"); got != "hello" {
		t.Fatalf("built again, production says %q", got)
	}
	damaged := 0
	for _, e := range w.events() {
		if e.Kind == "artifact.damaged" {
			damaged++
		}
	}
	if damaged == 0 {
		t.Fatal("no event tells that an artifact was damaged")
	}
}
