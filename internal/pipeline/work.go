package pipeline

import (
	"context"
	"encoding/json"
	"errors"

	"gemba"
)

// Work does what steps say. The engine makes the start of a step durable before it calls Do, and its outcome after; Do may therefore be
// called again for a step that was interrupted, and finds out by itself what is left to do: it adopts what still runs, and
// starts clean what does not. It must be safe for several runs at the same time.
//
// Do returns an error only when ctx ended. Everything else is an outcome.
type Work interface {
	Do(ctx context.Context, job Job) (Outcome, error)
	// Conclude says in sentences where the run has left things: what is deployed where, why, what next.
	Conclude(ctx context.Context, run gemba.Run) string
}

// Job is one step to do.
type Job struct {
	Run    gemba.Run
	Plan   *Plan
	Step   gemba.Step
	Answer Answer // of a person, to a `once` step whose outcome was not known
}

// Answer is what a person says of an interrupted `once` step.
type Answer string

// The answers.
const (
	NoAnswer Answer = ""
	Done     Answer = "done"   // it did its work: go on
	Again    Answer = "again"  // it did not: run it again
	Failed   Answer = "failed" // it failed: stop the line
)

// Outcome is what became of a step. State is one of Succeeded, Reused, Broken, Errored, Cancelled and Asking.
type Outcome struct {
	State    gemba.State
	Message  string
	Try      string          // what a person should try, when the step could not run
	Detail   any             // kept with the step, as JSON
	Verdict  gemba.Verdict   // of the run, when State is not good
	Artifact *gemba.Artifact // made or found by a build
	Data     any             // of the event, as JSON
}

// Succeed, Fail and Error make the usual outcomes.
func Succeed(message string) Outcome { return Outcome{State: gemba.Succeeded, Message: message} }

// Fail is the outcome of work that said no.
func Fail(verdict gemba.Verdict, message string) Outcome {
	return Outcome{State: gemba.Broken, Verdict: verdict, Message: message}
}

// Error is the outcome of work that could not be done.
func Error(err error) Outcome {
	outcome := Outcome{State: gemba.Errored, Verdict: gemba.RunErrored, Message: err.Error()}
	if said := (*gemba.Error)(nil); errors.As(err, &said) {
		outcome.Try = said.Try
	}
	return outcome
}

func encode(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage(`{"unencodable":true}`)
	}
	return text
}
