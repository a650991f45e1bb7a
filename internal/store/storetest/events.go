package storetest

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"gemba"
	"gemba/internal/ledger"
)

func seqsWithoutGaps(t *testing.T, open Open) {
	s := open(t, still)
	first, err := s.Append(t.Context(), event("a"), event("b"))
	must(t, err)
	second, err := s.Append(t.Context(), event("c"))
	must(t, err)
	for i, e := range append(first, second...) {
		equal(t, "seq", e.Seq, int64(i+1))
		equal(t, "time", e.Time, start)
	}
	none, err := s.Append(t.Context())
	must(t, err)
	equal(t, "no events", len(none), 0)
	read, err := s.Events(t.Context(), ledger.Query{})
	must(t, err)
	equal(t, "what is read", read, append(first, second...))
}

func timesNeverGoBack(t *testing.T, open Open) {
	now := start
	s := open(t, func() time.Time { return now })
	at := func() time.Time {
		events, err := s.Append(t.Context(), event("tick"))
		must(t, err)
		return events[0].Time
	}
	equal(t, "first", at(), start)
	now = start.Add(-time.Hour)
	equal(t, "after the clock was set back", at(), start)
	now = start.Add(time.Second)
	equal(t, "after the clock caught up", at(), now)
	early := event("early")
	early.Time = start
	events, err := s.Append(t.Context(), early)
	must(t, err)
	equal(t, "a time given that is too early", events[0].Time, now)
}

func eventsOfARunFollowOneAnother(t *testing.T, open Open) {
	s := open(t, still)
	of := func(run, cause int64) gemba.Event {
		e := event("step.started")
		e.Run, e.Cause = run, cause
		return e
	}
	_, err := s.Append(t.Context(), event("alone"), of(1, 0), of(2, 0), of(1, 0))
	must(t, err)
	later, err := s.Append(t.Context(), event("alone"), of(2, 0), of(1, 3), of(1, 0))
	must(t, err)
	read, err := s.Events(t.Context(), ledger.Query{})
	must(t, err)
	equal(t, "what is read", read[4:], later)
	var causes []int64
	for _, e := range read {
		causes = append(causes, e.Cause)
	}
	equal(t, "causes", causes, []int64{0, 0, 0, 2, 0, 3, 3, 7})
}

func canonicalLeaves(t *testing.T, open Open) {
	s := open(t, still)
	odd := gemba.Event{
		Time: start.Add(1234567 * time.Nanosecond).In(time.FixedZone("east", 3600)), Actor: "<ana> & \xff co",
		Kind: "k", Subject: "s/\u2028", Run: 3, Cause: 2, Data: json.RawMessage("{ \"b\" : 1,\n \"a\": \"<\" }"),
	}
	appended, err := s.Append(t.Context(), event("plain"), odd)
	must(t, err)
	var leaves [][]byte
	must(t, s.Leaves(t.Context(), 1, func(seq int64, leaf []byte) error {
		equal(t, "seq of the leaf", seq, int64(len(leaves)+1))
		leaves = append(leaves, leaf)
		return nil
	}))
	equal(t, "leaves", len(leaves), 2)
	for i, leaf := range leaves {
		want, err := ledger.Encode(appended[i])
		must(t, err)
		equal(t, "leaf", string(leaf), string(want))
	}
	read, err := s.Events(t.Context(), ledger.Query{})
	must(t, err)
	equal(t, "what Append returned is what is read", appended, read)
}

func queries(t *testing.T, open Open) {
	now := start
	s := open(t, func() time.Time { now = now.Add(time.Second); return now })
	for _, e := range []gemba.Event{
		{Kind: "run.accepted", Subject: "service/a", Run: 1},
		{Kind: "run.over", Subject: "service/a", Run: 1},
		{Kind: "runs", Subject: "service/a/web", Run: 2},
		{Kind: "step.over", Subject: "service/ab", Run: 2},
		{Kind: "run_over", Subject: "environment/a"},
	} {
		_, err := s.Append(t.Context(), e)
		must(t, err)
	}
	for name, c := range map[string]struct {
		q    ledger.Query
		want []int64
	}{
		"all":            {ledger.Query{}, []int64{1, 2, 3, 4, 5}},
		"after, before":  {ledger.Query{After: 1, Before: 4}, []int64{2, 3}},
		"subject":        {ledger.Query{Subject: "service/a"}, []int64{1, 2}},
		"subject prefix": {ledger.Query{Subject: "service/"}, []int64{1, 2, 3, 4}},
		"inner prefix":   {ledger.Query{Subject: "service/a/"}, []int64{3}},
		"kind":           {ledger.Query{Kind: "run.over"}, []int64{2}},
		"kind prefix":    {ledger.Query{Kind: "run."}, []int64{1, 2}},
		"run":            {ledger.Query{Run: 2}, []int64{3, 4}},
		"since":          {ledger.Query{Since: start.Add(4 * time.Second)}, []int64{4, 5}},
		"limit":          {ledger.Query{Limit: 2}, []int64{1, 2}},
		"newest":         {ledger.Query{Limit: 2, Newest: true}, []int64{4, 5}},
		"together":       {ledger.Query{Subject: "service/", Run: 1, Limit: 1, Newest: true}, []int64{2}},
		"nothing":        {ledger.Query{Subject: "host/"}, nil},
	} {
		events, err := s.Events(t.Context(), c.q)
		must(t, err)
		var got []int64
		for _, e := range events {
			got = append(got, e.Seq)
		}
		equal(t, name, got, c.want)
	}
}

func concurrentAppends(t *testing.T, open Open) {
	s := open(t, time.Now)
	const writers, each = 4, 10
	var wait sync.WaitGroup
	for range writers {
		wait.Go(func() {
			for range each {
				if _, err := s.Append(context.Background(), event("x"), event("y")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	events, err := s.Events(t.Context(), ledger.Query{})
	must(t, err)
	equal(t, "events", len(events), 2*writers*each)
	for i, e := range events {
		equal(t, "seq", e.Seq, int64(i+1))
		equal(t, "kind", e.Kind, []string{"x", "y"}[i%2])
		if i > 0 && e.Time.Before(events[i-1].Time) {
			t.Fatalf("event %d is before the one before it", e.Seq)
		}
	}
}

func refusedEvent(t *testing.T, open Open) {
	s := open(t, still)
	bad := event("bad")
	bad.Data = json.RawMessage("{")
	if _, err := s.Append(t.Context(), event("good"), bad); err == nil {
		t.Fatal("data that is no JSON was accepted")
	}
	if _, err := s.Create(t.Context(), aRun(), nil, bad); err == nil {
		t.Fatal("a run with a bad event was accepted")
	}
	equal(t, "events", len(kinds(t, s)), 0)
	all, err := s.Runs(t.Context(), "", 0)
	must(t, err)
	equal(t, "runs", len(all), 0)
}

func subscriptions(t *testing.T, open Open) {
	s := open(t, still)
	ctx, cancel := context.WithCancel(t.Context())
	news := s.Subscribe(ctx)
	equal(t, "at once", <-news, int64(0))
	for range 3 {
		_, err := s.Append(t.Context(), event("a"))
		must(t, err)
	}
	equal(t, "the latest alone", <-news, int64(3))
	must(t, s.SetSetting(t.Context(), "quiet", nil))
	_, err := s.Create(t.Context(), aRun(), nil, event("b"))
	must(t, err)
	equal(t, "a change with an event", <-news, int64(4))
	cancel()
	for range news {
		t.Fatal("news after the end")
	}
}

func hashesAndHeads(t *testing.T, open Open) {
	s := open(t, still)
	id, err := s.Ledger(t.Context())
	must(t, err)
	if id == "" {
		t.Fatal("the ledger has no identity")
	}
	size, err := s.Sealed(t.Context())
	must(t, err)
	equal(t, "sealed", size, int64(0))
	hashes := []tlog.Hash{{1}, {2}, {3}}
	must(t, s.AppendHead(t.Context(), 2, []byte("head two"), 0, hashes))
	must(t, s.AppendHead(t.Context(), 3, []byte("head three"), 3, []tlog.Hash{{4}}))
	size, err = s.Sealed(t.Context())
	must(t, err)
	equal(t, "sealed", size, int64(3))
	heads, err := s.Heads(t.Context())
	must(t, err)
	equal(t, "heads", heads, [][]byte{[]byte("head two"), []byte("head three")})
	got, err := s.Hashes(t.Context(), []int64{3, 0, 1, 0})
	must(t, err)
	equal(t, "hashes in the order asked for", got, []tlog.Hash{{4}, {1}, {2}, {1}})
	_, err = s.Hashes(t.Context(), []int64{0, 9})
	code(t, err, gemba.NotFound)
	if err := s.AppendHead(t.Context(), 4, []byte("again"), 3, []tlog.Hash{{5}}); err == nil {
		t.Fatal("a stored hash was overwritten")
	}
}
