// Package storetest is the conformance suite of the stores: what every
// implementation of the chapters' store ports must do.
package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"gemba"
	"gemba/internal/build"
	"gemba/internal/deploy"
	"gemba/internal/ledger"
	"gemba/internal/pipeline"
)

// Store is every port that a store implements.
type Store interface {
	pipeline.Store
	pipeline.DeclarationStore
	deploy.Store
	build.Store
	ledger.Store
	ledger.HashStore
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte, events ...gemba.Event) error
	Subscribe(ctx context.Context) <-chan int64
}

// Open opens an empty store with a clock, and closes it when the test ends.
type Open func(t *testing.T, now func() time.Time) Store

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, Open){
		"events have seqs without gaps":              seqsWithoutGaps,
		"event times never go back":                  timesNeverGoBack,
		"events of a run follow from one another":    eventsOfARunFollowOneAnother,
		"stored bytes are the canonical ones":        canonicalLeaves,
		"events are found by each field":             queries,
		"events of concurrent writers have an order": concurrentAppends,
		"a refused event leaves nothing":             refusedEvent,
		"subscribers hear the latest seq":            subscriptions,
		"hashes and heads are kept":                  hashesAndHeads,
		"runs are created and saved with events":     runs,
		"a save touches only the steps given":        partialSave,
		"a run that is unknown is not found":         unknownRun,
		"unfinished runs come oldest first":          unfinished,
		"releases are kept once":                     releases,
		"releases are found by prefix":               releasePrefix,
		"placements tell what runs where":            placements,
		"a port is chosen once":                      ports,
		"the first artifact of a key stays":          artifacts,
		"builds are kept per run":                    builds,
		"a suite's latest verdict counts":            suites,
		"declarations are accepted per scope":        declarations,
		"settings are kept":                          settings,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// start is a moment with no fraction that a store could lose.
var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func still() time.Time { return start }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func code(t *testing.T, err error, want gemba.Code) {
	t.Helper()
	if err == nil || gemba.CodeOf(err) != want {
		t.Fatalf("got error %v (%s), want code %s", err, gemba.CodeOf(err), want)
	}
}

func event(kind string) gemba.Event {
	return gemba.Event{Actor: "uid:1000(ana)", Kind: kind, Subject: "service/guestbook"}
}

// kinds reads the kinds of all events, in order.
func kinds(t *testing.T, s Store) []string {
	t.Helper()
	events, err := s.Events(t.Context(), ledger.Query{})
	must(t, err)
	var all []string
	for _, e := range events {
		all = append(all, e.Kind)
	}
	return all
}
