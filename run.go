package gemba

import (
	"encoding/json"
	"time"
)

// State is where a run or a step stands.
type State string

// The states. A run or step in one of the last six is over.
const (
	Pending   State = "pending"
	Waiting   State = "waiting" // for another run to leave the environment
	Running   State = "running"
	Asking    State = "asking"    // it is not known how a `once` step ended; a person says
	Succeeded State = "succeeded" //
	Reused    State = "reused"    // nothing to do: it had been done before
	Broken    State = "failed"    // the work said no: the line stops
	Errored   State = "errored"   // the work could not be done
	Cancelled State = "cancelled" //
	Left      State = "skipped"   // not reached
)

// Over reports whether nothing more will happen.
func (s State) Over() bool {
	switch s {
	case Succeeded, Reused, Broken, Errored, Cancelled, Left:
		return true
	}
	return false
}

// Good reports whether what comes after may begin.
func (s State) Good() bool { return s == Succeeded || s == Reused }

// Verdict is the outcome of a run in one word; exit codes and colours follow from it.
type Verdict string

// The verdicts.
const (
	Shipped      Verdict = "shipped"       // in production, healthy and verified
	Unchanged    Verdict = "unchanged"     // it was there already
	BuildFailed  Verdict = "build_failed"  // build, tests or budget; nothing was deployed
	PutBack      Verdict = "put_back"      // a release did not become healthy; the one before serves
	VerifyFailed Verdict = "verify_failed" // deployed and healthy, and gave a wrong answer
	RunErrored   Verdict = "errored"
	RunCancelled Verdict = "cancelled"
)

// Run is one commit's passage through its pipeline.
type Run struct {
	ID       int64     `json:"id"`
	Kind     string    `json:"kind"`    // "ship", "rollback" or "converge"
	Service  string    `json:"service"` // of a commit that only declares hosts: the name of its directory
	Commit   Commit    `json:"commit"`
	Actor    string    `json:"actor"`
	State    State     `json:"state"`
	Verdict  Verdict   `json:"verdict,omitempty"`
	Message  string    `json:"message,omitempty"` // one or more sentences: what is deployed where, why, what next
	Artifact *Artifact `json:"artifact,omitempty"`
	Created  time.Time `json:"created"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	WaitsFor int64     `json:"waits_for,omitempty"` // the run that holds the environment
	LeftOut  []string  `json:"left_out,omitempty"`  // uncommitted paths that were not shipped
	Rebuild  string    `json:"rebuild,omitempty"`   // the reason for building again
	Notes    []string  `json:"notes,omitempty"`     // what the person should know before it starts
	Budget   Duration  `json:"budget,omitempty"`    // for build and tests together, as declared
	Steps    []Step    `json:"steps"`
}

// StepKind is what a step does.
type StepKind string

// The kinds of steps.
const (
	StepBuild  StepKind = "build"
	StepTest   StepKind = "test"
	StepTask   StepKind = "task"
	StepDeploy StepKind = "deploy"
	StepVerify StepKind = "verify"
	// StepConverge brings the hosts of an environment to what the commit declares of them.
	StepConverge StepKind = "converge"
)

// Step is one piece of a run, durable before the next begins.
type Step struct {
	Run      int64           `json:"run"`
	Index    int             `json:"index"`
	Kind     StepKind        `json:"kind"`
	Name     string          `json:"name"`            // unique in its stage: "unit", "deploy", "smoke"
	Stage    string          `json:"stage,omitempty"` // "" before the first stage
	State    State           `json:"state"`
	Attempt  int             `json:"attempt"`           // counts from 1 when it runs
	Message  string          `json:"message,omitempty"` // the outcome in a line: "148 passed", "GET /healthz answered 500 for 10 s"
	Try      string          `json:"try,omitempty"`     // a command or an act, where the step could not run and one helps
	Detail   json.RawMessage `json:"detail,omitempty"`  // what the step's kind keeps
	Started  time.Time       `json:"started,omitzero"`
	Finished time.Time       `json:"finished,omitzero"`
	Once     bool            `json:"once,omitempty"`
}

// Duration is how long the step took, or has taken at now while it runs.
func (s Step) Duration(now time.Time) time.Duration {
	switch {
	case s.Started.IsZero():
		return 0
	case s.Finished.IsZero():
		return now.Sub(s.Started)
	}
	return s.Finished.Sub(s.Started)
}

// LogLine is one line of what a build, a step or a process printed.
type LogLine struct {
	Time   time.Time `json:"time"`
	Source string    `json:"source,omitempty"` // the step or process
	Stream string    `json:"stream"`           // "out", "err", or "gemba" for a note of ours
	Text   string    `json:"text"`             // without the line end; invalid UTF-8 replaced
	More   bool      `json:"more,omitempty"`   // the line goes on in the next one of its source and stream
}
