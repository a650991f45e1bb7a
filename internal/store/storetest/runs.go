package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"gemba"
	"gemba/internal/ledger"
)

func aRun() gemba.Run {
	return gemba.Run{
		Service: "guestbook", Actor: "uid:1000(ana)", State: gemba.Running, Created: start, Started: start,
		Commit:  gemba.Commit{Hash: "4f2a91c", Subject: "Warmer greeting", Author: "Ana", Time: start, Added: 12, Removed: 3},
		LeftOut: []string{"notes.txt"},
		Steps: []gemba.Step{
			{Index: 0, Kind: gemba.StepBuild, Name: "build", State: gemba.Running, Attempt: 1, Started: start},
			{Index: 1, Kind: gemba.StepTest, Name: "unit", State: gemba.Pending},
			{Index: 2, Kind: gemba.StepDeploy, Name: "deploy", Stage: "staging", State: gemba.Pending},
		},
	}
}

func runs(t *testing.T, open Open) {
	s := open(t, still)
	run, err := s.Create(t.Context(), aRun(), []byte("the plan"), event("run.accepted"), event("step.started"))
	must(t, err)
	equal(t, "first ID", run.ID, int64(1))
	for _, step := range run.Steps {
		equal(t, "the step's run", step.Run, run.ID)
	}
	read, err := s.Run(t.Context(), run.ID)
	must(t, err)
	equal(t, "run", read, run)
	plan, err := s.Plan(t.Context(), run.ID)
	must(t, err)
	equal(t, "plan", string(plan), "the plan")

	of, err := s.Events(t.Context(), ledger.Query{Run: run.ID})
	must(t, err)
	equal(t, "events without a run get the new one's", len(of), 2)

	second, err := s.Create(t.Context(), aRun(), nil, event("run.accepted"))
	must(t, err)
	equal(t, "second ID", second.ID, int64(2))
	other := aRun()
	other.Service = "blog"
	third, err := s.Create(t.Context(), other, nil)
	must(t, err)

	all, err := s.Runs(t.Context(), "", 2)
	must(t, err)
	equal(t, "newest first, with steps", all, []gemba.Run{third, second})
	guestbook, err := s.Runs(t.Context(), "guestbook", 0)
	must(t, err)
	equal(t, "of a service", guestbook, []gemba.Run{second, run})
}

func partialSave(t *testing.T, open Open) {
	s := open(t, still)
	run, err := s.Create(t.Context(), aRun(), []byte("the plan"), event("run.accepted"))
	must(t, err)
	other, err := s.Create(t.Context(), aRun(), nil, event("run.accepted"))
	must(t, err)

	run.Message = "halfway"
	run.Steps[1].State = gemba.Succeeded
	run.Steps[1].Detail = json.RawMessage(`{"passed":148}`)
	run.Steps[1].Finished = start.Add(time.Minute)
	saved := run.Steps[1]
	run.Steps[0].Message = "changed, and not given"
	must(t, s.Save(t.Context(), run, []gemba.Step{saved}, event("step.succeeded")))

	read, err := s.Run(t.Context(), run.ID)
	must(t, err)
	equal(t, "message", read.Message, "halfway")
	equal(t, "step given", read.Steps[1], saved)
	equal(t, "step not given", read.Steps[0].Message, "")
	equal(t, "steps", len(read.Steps), 3)
	untouched, err := s.Run(t.Context(), other.ID)
	must(t, err)
	equal(t, "other run", untouched, other)
	plan, err := s.Plan(t.Context(), run.ID)
	must(t, err)
	equal(t, "plan", string(plan), "the plan")

	added := gemba.Step{Run: run.ID, Index: 3, Kind: gemba.StepVerify, Name: "smoke", State: gemba.Pending}
	must(t, s.Save(t.Context(), run, []gemba.Step{added}))
	read, err = s.Run(t.Context(), run.ID)
	must(t, err)
	equal(t, "step added", read.Steps[3], added)
	equal(t, "events", kinds(t, s), []string{"run.accepted", "run.accepted", "step.succeeded"})
}

func unknownRun(t *testing.T, open Open) {
	s := open(t, still)
	_, err := s.Run(t.Context(), 7)
	code(t, err, gemba.NotFound)
	_, err = s.Plan(t.Context(), 7)
	code(t, err, gemba.NotFound)
	code(t, s.Save(t.Context(), gemba.Run{ID: 7}, nil, event("run.over")), gemba.NotFound)
	equal(t, "no event of what was not saved", len(kinds(t, s)), 0)
}

func unfinished(t *testing.T, open Open) {
	s := open(t, still)
	var kept []gemba.Run
	for _, state := range []gemba.State{gemba.Succeeded, gemba.Waiting, gemba.Broken, gemba.Asking, gemba.Running} {
		run := aRun()
		run.State = state
		run, err := s.Create(t.Context(), run, nil)
		must(t, err)
		if !state.Over() {
			kept = append(kept, run)
		}
	}
	found, err := s.Unfinished(t.Context())
	must(t, err)
	equal(t, "unfinished", found, kept)

	kept[0].State = gemba.Cancelled
	must(t, s.Save(t.Context(), kept[0], nil))
	found, err = s.Unfinished(t.Context())
	must(t, err)
	equal(t, "after one was cancelled", found, kept[1:])
}
