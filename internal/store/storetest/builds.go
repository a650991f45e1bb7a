package storetest

import (
	"fmt"
	"testing"
	"time"

	"gemba"
	"gemba/internal/build"
	"gemba/internal/pipeline"
)

func anArtifact(digest gemba.Digest, key string) gemba.Artifact {
	return gemba.Artifact{Digest: digest, Service: "guestbook", Key: key, Size: 8, Platform: "linux/amd64", Isolated: true, Created: start}
}

func artifacts(t *testing.T, open Open) {
	s := open(t, still)
	first, second, third := anArtifact("sha256:aa", "k1"), anArtifact("sha256:bb", "k1"), anArtifact("sha256:cc", "k2")
	for _, a := range []gemba.Artifact{first, second, third} {
		must(t, s.KeepArtifact(t.Context(), a, event("artifact.kept")))
	}
	changed := first
	changed.Size = 9
	must(t, s.KeepArtifact(t.Context(), changed))

	ofKey, err := s.ArtifactsByKey(t.Context(), "guestbook", "k1")
	must(t, err)
	equal(t, "by key, the first one first", ofKey, []gemba.Artifact{first, second})
	found, err := s.Artifact(t.Context(), "sha256:bb")
	must(t, err)
	equal(t, "by digest", found, second)
	all, err := s.Artifacts(t.Context(), "guestbook", 2)
	must(t, err)
	equal(t, "newest first", all, []gemba.Artifact{third, second})
	any, err := s.Artifacts(t.Context(), "", 0)
	must(t, err)
	equal(t, "of any service", len(any), 3)
	none, err := s.ArtifactsByKey(t.Context(), "blog", "k1")
	must(t, err)
	equal(t, "of another service", len(none), 0)
	_, err = s.Artifact(t.Context(), "sha256:dd")
	code(t, err, gemba.NotFound)

	must(t, s.MarkReproducible(t.Context(), "sha256:aa", false, event("artifact.not_reproducible")))
	found, err = s.Artifact(t.Context(), "sha256:aa")
	must(t, err)
	no := false
	first.Reproducible = &no
	equal(t, "marked", found, first)
	code(t, s.MarkReproducible(t.Context(), "sha256:dd", true, event("x")), gemba.NotFound)
	equal(t, "events", len(kinds(t, s)), 4)
}

func builds(t *testing.T, open Open) {
	s := open(t, still)
	record := build.Record{Run: 3, Service: "guestbook", Commit: "4f2a91c", Key: "k1", Status: "failed", Seconds: 31.5}
	must(t, s.KeepBuild(t.Context(), record, event("build.over")))
	record.Status, record.Digest = "succeeded", "sha256:aa"
	must(t, s.KeepBuild(t.Context(), record, event("build.over")))
	read, err := s.Build(t.Context(), 3)
	must(t, err)
	equal(t, "build", read, record)
	_, err = s.Build(t.Context(), 4)
	code(t, err, gemba.NotFound)
	equal(t, "events", len(kinds(t, s)), 2)
}

func suites(t *testing.T, open Open) {
	s := open(t, still)
	results := func(n int, suite string) (all []gemba.TestResult) {
		for i := range n {
			all = append(all, gemba.TestResult{Suite: suite, Package: "p", Name: fmt.Sprint("Test", i), Outcome: gemba.Passed, Duration: gemba.Duration(time.Millisecond)})
		}
		return all
	}
	keep := func(run int64, suite string, passed bool, n int) {
		t.Helper()
		kept := build.Suite{Run: run, Service: "guestbook", Key: "k1", Suite: suite, Passed: passed, Results: results(n, suite)}
		must(t, s.KeepSuite(t.Context(), kept, event("suite.over")))
	}
	verdict := func(key, suite string, run int64) {
		t.Helper()
		got, ok, err := s.SuitePassed(t.Context(), "guestbook", key, suite)
		must(t, err)
		equal(t, "passed", ok, run != 0)
		equal(t, "run", got, run)
	}
	keep(1, "unit", false, 2)
	verdict("k1", "unit", 0)
	keep(2, "unit", true, 3)
	keep(2, "browser", true, 1)
	verdict("k1", "unit", 2)
	verdict("k2", "unit", 0)
	keep(1, "unit", false, 4)
	verdict("k1", "unit", 0)
	verdict("k1", "browser", 2)

	of, err := s.TestResults(t.Context(), 2)
	must(t, err)
	equal(t, "results of a run", of, append(results(3, "unit"), results(1, "browser")...))
	of, err = s.TestResults(t.Context(), 1)
	must(t, err)
	equal(t, "results kept again", len(of), 4)
	of, err = s.TestResults(t.Context(), 9)
	must(t, err)
	equal(t, "results of no run", len(of), 0)
	equal(t, "events", len(kinds(t, s)), 4)
}

func declarations(t *testing.T, open Open) {
	s := open(t, still)
	_, err := s.AcceptedDeclaration(t.Context(), "a")
	code(t, err, gemba.NotFound)
	first := pipeline.Declaration{Scope: "a", Services: []string{"guestbook"}, Deploys: []string{"guestbook", "other"}, Commit: "c1", Gates: []byte("g"), Bytes: []byte{0, 255}, Actor: "ana", Time: start}
	must(t, s.AcceptDeclaration(t.Context(), first, event("declaration.accepted")))
	other := first
	other.Scope = "b"
	must(t, s.AcceptDeclaration(t.Context(), other, event("declaration.accepted")))
	second := first
	second.Commit, second.Bytes = "c2", []byte("service {}")
	must(t, s.AcceptDeclaration(t.Context(), second, event("declaration.accepted")))
	for scope, want := range map[string]pipeline.Declaration{"a": second, "b": other} {
		read, err := s.AcceptedDeclaration(t.Context(), scope)
		must(t, err)
		equal(t, scope, read, want)
	}
	all, err := s.AcceptedDeclarations(t.Context())
	must(t, err)
	equal(t, "accepted last, per scope", all, []pipeline.Declaration{second, other})
	equal(t, "events", len(kinds(t, s)), 3)
}

func settings(t *testing.T, open Open) {
	s := open(t, still)
	_, err := s.Setting(t.Context(), "x")
	code(t, err, gemba.NotFound)
	for _, value := range [][]byte{[]byte("one"), {0, 1, 255}, nil} {
		must(t, s.SetSetting(t.Context(), "x", value, event("setting.changed")))
		read, err := s.Setting(t.Context(), "x")
		must(t, err)
		equal(t, "value", string(read), string(value))
	}
	equal(t, "events", len(kinds(t, s)), 3)
}
