package build

import (
	"context"

	"gemba"
)

// Store keeps what builds made and what their tests said. Each method that
// changes something is one transaction with the events that tell of it.
type Store interface {
	// KeepArtifact keeps the record of an artifact. The first artifact of a
	// service's build key stays what it was: a later one with other bytes is kept
	// behind it.
	KeepArtifact(ctx context.Context, artifact gemba.Artifact, events ...gemba.Event) error
	// ArtifactsByKey returns the artifacts of a build key, the first one first.
	ArtifactsByKey(ctx context.Context, service, key string) ([]gemba.Artifact, error)
	// Artifact returns the artifact of a digest, or a gemba.Error with NotFound.
	Artifact(ctx context.Context, digest gemba.Digest) (gemba.Artifact, error)
	// Artifacts returns the newest first; service "" is any.
	Artifacts(ctx context.Context, service string, limit int) ([]gemba.Artifact, error)
	// MarkReproducible records whether building again gave the same bytes.
	MarkReproducible(ctx context.Context, digest gemba.Digest, same bool, events ...gemba.Event) error

	// KeepBuild keeps the record of a run's build; keeping it again replaces it.
	KeepBuild(ctx context.Context, record Record, events ...gemba.Event) error
	// Build returns the record of a run's build, or a gemba.Error with NotFound.
	Build(ctx context.Context, run int64) (Record, error)
	// KeepSuite keeps the verdict and the single results of a suite of a run;
	// keeping it again replaces it.
	KeepSuite(ctx context.Context, suite Suite, events ...gemba.Event) error
	// SuitePassed tells whether the latest verdict on a suite for a build key was
	// that it passed, and the run that said so.
	SuitePassed(ctx context.Context, service, key, suite string) (run int64, ok bool, err error)
	// TestResults returns the results of a run's suites, in the order in which they were kept.
	TestResults(ctx context.Context, run int64) ([]gemba.TestResult, error)
}

// Record is what remains of a build: one per run that built.
type Record struct {
	Run     int64        `json:"run"`
	Service string       `json:"service"`
	Commit  string       `json:"commit"`           // whole hash
	Key     string       `json:"key"`              // the build key
	Status  string       `json:"status"`           // a gemba.State
	Digest  gemba.Digest `json:"digest,omitempty"` // of the artifact, when there is one
	Seconds float64      `json:"seconds"`          // from the first step to the verdict
}

// Suite is the verdict on one suite in one run.
type Suite struct {
	Run     int64              `json:"run"`
	Service string             `json:"service"`
	Key     string             `json:"key"` // the build key
	Suite   string             `json:"suite"`
	Passed  bool               `json:"passed"`
	Results []gemba.TestResult `json:"results,omitempty"`
}
