package gemba

import "time"

// ReleaseID is the identity of a release: the digest of what it is made of.
type ReleaseID string

// Short is the abbreviation that people read.
func (id ReleaseID) Short() string { return short(string(id), 7) }

// Release is an artifact, its configuration and the versions of its
// secrets, as one. Two releases are the same when they would run the same.
type Release struct {
	ID          ReleaseID         `json:"id"`
	Service     string            `json:"service"`
	Environment string            `json:"environment"`
	Artifact    Digest            `json:"artifact"`
	Processes   []Process         `json:"processes"`
	Data        *Data             `json:"data,omitempty"`
	Deploy      Deploy            `json:"deploy"`
	Secrets     map[string]string `json:"secrets,omitempty"` // name to version: a keyed digest of its value
	// Where the values come from, to find them again when a process starts again; not part of the identity.
	// Their paths are absolute.
	SecretSources []SecretSource `json:"secret_sources,omitempty"`

	Commit  Commit    `json:"commit"` // not part of the identity: a revert is the same release again
	Created time.Time `json:"created"`
}

// Instance is the abbreviation in the names of what runs: long enough not to be taken for another's.
func (id ReleaseID) Instance() string { return short(string(id), 12) }

// Runs reports whether a process of the release is a program that runs here.
func (r Release) Runs(p Process) bool {
	switch p.Kind {
	case Static:
		return false
	case Schedule:
		return r.Deploy.Schedules
	}
	return true
}

// Routed reports whether requests can reach the release.
func (r Release) Routed() bool {
	for _, p := range r.Processes {
		if p.Kind == Web || p.Kind == Static {
			return true
		}
	}
	return false
}
