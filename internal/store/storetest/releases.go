package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gemba"
	"gemba/internal/deploy"
)

func aRelease(id, commit string) gemba.Release {
	return gemba.Release{
		ID: gemba.ReleaseID(id), Service: "guestbook", Environment: "production", Artifact: "sha256:9c1e",
		Processes: []gemba.Process{{Name: "web", Kind: gemba.Web, Command: []gemba.Value{gemba.Text("./guestbook")}}},
		Deploy:    gemba.Deploy{Service: "guestbook"}, Secrets: map[string]string{"token": "v1"},
		Commit: gemba.Commit{Hash: commit, Time: start}, Created: start,
	}
}

func placed(release gemba.Release, port int) deploy.Placement {
	return deploy.Placement{
		Environment: release.Environment, Service: release.Service, Release: release, Run: 1, Since: start,
		Tasks: map[string]deploy.Placed{"web": {Supervisor: "s-1", Port: port}},
	}
}

func releases(t *testing.T, open Open) {
	s := open(t, still)
	must(t, s.KeepRelease(t.Context(), aRelease("aaaa", "c1"), event("release.kept")))
	again := aRelease("aaaa", "c2")
	again.Created = start.Add(time.Hour)
	must(t, s.KeepRelease(t.Context(), again))
	read, err := s.Release(t.Context(), "production", "guestbook", "aaaa")
	must(t, err)
	equal(t, "all but the commit is as it was first", read, aRelease("aaaa", "c2"))
	equal(t, "events", kinds(t, s), []string{"release.kept"})
	_, err = s.Release(t.Context(), "staging", "guestbook", "aaaa")
	code(t, err, gemba.NotFound)
	never, err := s.Releases(t.Context(), "production", "guestbook", 0)
	must(t, err)
	equal(t, "kept is not placed", len(never), 0)
}

func releasePrefix(t *testing.T, open Open) {
	s := open(t, still)
	for _, id := range []string{"ab", "abcd", "abce", "b%00"} {
		must(t, s.KeepRelease(t.Context(), aRelease(id, "c")))
	}
	for asked, want := range map[string]string{"abcd": "abcd", "abce": "abce", "ab": "ab", "b": "b%00", "b%": "b%00"} {
		found, err := s.Release(t.Context(), "production", "guestbook", asked)
		must(t, err)
		equal(t, asked, string(found.ID), want)
	}
	for _, asked := range []string{"", "abcde", "c", "%"} {
		_, err := s.Release(t.Context(), "production", "guestbook", asked)
		code(t, err, gemba.NotFound)
	}
	for _, asked := range []string{"a", "abc"} {
		_, err := s.Release(t.Context(), "production", "guestbook", asked)
		code(t, err, gemba.Invalid)
	}
}

func placements(t *testing.T, open Open) {
	s := open(t, still)
	a, b := placed(aRelease("aaaa", "c1"), 1001), placed(aRelease("bbbb", "c2"), 1002)
	elsewhere := placed(aRelease("aaaa", "c1"), 1003)
	elsewhere.Environment, elsewhere.Release.Environment = "staging", "staging"
	for _, p := range []deploy.Placement{a, b, elsewhere} {
		must(t, s.KeepRelease(t.Context(), p.Release))
		must(t, s.Place(t.Context(), p, event("release.placed")))
	}
	a.Event, b.Event, elsewhere.Event = 1, 2, 3
	now, err := s.Placed(t.Context())
	must(t, err)
	equal(t, "placed last, per environment", now, []deploy.Placement{b, elsewhere})

	back := placed(aRelease("aaaa", "c3"), 1004)
	back.Stopped = true
	must(t, s.Place(t.Context(), back, event("release.placed")))
	back.Event = 4
	history, err := s.Releases(t.Context(), "production", "guestbook", 0)
	must(t, err)
	equal(t, "each release once, latest placement first", history, []deploy.Placement{back, b})
	all, err := s.History(t.Context(), "production", "guestbook", 0)
	must(t, err)
	equal(t, "each placement, latest first", all, []deploy.Placement{back, b, a})
	latest, err := s.History(t.Context(), "production", "guestbook", 2)
	must(t, err)
	equal(t, "limited history", latest, all[:2])
	one, err := s.Releases(t.Context(), "production", "guestbook", 1)
	must(t, err)
	equal(t, "limit", one, history[:1])
	equal(t, "events", len(kinds(t, s)), 4)

	unkept := placed(aRelease("cccc", "c4"), 1005)
	must(t, s.Place(t.Context(), unkept))
	_, err = s.Release(t.Context(), "production", "guestbook", "cccc")
	must(t, err)
}

func ports(t *testing.T, open Open) {
	s := open(t, still)
	next := func(taken map[int]bool) (int, error) {
		for port := 20000; ; port++ {
			if !taken[port] {
				return port, nil
			}
		}
	}
	for i := range 3 {
		port, err := s.Port(t.Context(), "production", fmt.Sprint("service", i), next)
		must(t, err)
		equal(t, "chosen", port, 20000+i)
	}
	none := errors.New("no port is free")
	port, err := s.Port(t.Context(), "production", "service1", func(map[int]bool) (int, error) { return 0, none })
	must(t, err)
	equal(t, "kept", port, 20001)
	_, err = s.Port(t.Context(), "staging", "service1", func(map[int]bool) (int, error) { return 0, none })
	if !errors.Is(err, none) {
		t.Fatalf("got %v", err)
	}
	port, err = s.Port(t.Context(), "staging", "service1", next)
	must(t, err)
	equal(t, "after a failed choice", port, 20003)
}
