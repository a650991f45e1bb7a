// Package contract is what the server's HTTP interface and its client both
// say: the endpoints, their requests and their answers, as plain values.
package contract

import (
	"time"

	"gemba"
)

// Version is the version of the interface, in its paths.
const Version = "v1"

// Ship asks for a commit to be carried through its service's pipeline.
type Ship struct {
	Dir       string            `json:"dir"`                 // absolute; the declaration's directory in a work tree, or a bare repository
	Revision  string            `json:"revision,omitempty"`  // default HEAD
	Service   string            `json:"service,omitempty"`   // needed when the declaration has several
	Rebuild   string            `json:"rebuild,omitempty"`   // a reason: build again even though the artifact exists
	Variables map[string]string `json:"variables,omitempty"` // values of declared variables
}

// Rollback asks for an earlier release back in an environment.
type Rollback struct {
	Environment string          `json:"environment"`
	Service     string          `json:"service,omitempty"`
	To          gemba.ReleaseID `json:"to,omitempty"` // or a prefix; default the release before the one that is placed
}

// Accept asks the server to accept the environments, pipelines and secrets that a commit declares.
type Accept struct {
	Dir       string            `json:"dir"`
	Revision  string            `json:"revision,omitempty"`
	Variables map[string]string `json:"variables,omitempty"`
}

// Accepted is the declaration that now governs.
type Accepted struct {
	Changed      bool     `json:"changed"`
	Commit       string   `json:"commit"`
	Environments []string `json:"environments"`
	Pipelines    []string `json:"pipelines"`
}

// Converge asks for hosts to be looked at, and brought to what a commit declares of them.
type Converge struct {
	Dir         string            `json:"dir"`
	Revision    string            `json:"revision,omitempty"` // default HEAD
	Variables   map[string]string `json:"variables,omitempty"`
	Environment string            `json:"environment,omitempty"` // only hosts of this one
	Hosts       []string          `json:"hosts,omitempty"`       // only these
	Apply       bool              `json:"apply,omitempty"`       // make the changes, not only the plan
	Plan        int64             `json:"plan,omitempty"`        // apply this saved plan, and nothing else
	Drift       bool              `json:"drift,omitempty"`       // only look: no plan is saved
	Reason      string            `json:"reason,omitempty"`      // kept in the ledger
	Guard       int               `json:"guard,omitempty"`       // seconds in which a host has to be reached anew after changes that can cut the link; default 30, below 0 for no guard
	Agent       string            `json:"agent,omitempty"`       // path of the SSH agent's socket of who asks
}

// Undo asks for the files that an applied plan replaced or removed to be put back.
type Undo struct {
	Plan   int64    `json:"plan"`
	Hosts  []string `json:"hosts,omitempty"`  // only these
	Reason string   `json:"reason,omitempty"` // kept in the ledger
	Agent  string   `json:"agent,omitempty"`  // path of the SSH agent's socket of who asks
}

// AddHost asks for a host to be made known.
type AddHost struct {
	Address string `json:"address"`          // [user@]host[:port]
	Jump    string `json:"jump,omitempty"`   // the host to go through
	NoKey   bool   `json:"no_key,omitempty"` // do not let the server's own key in
	Agent   string `json:"agent,omitempty"`  // path of the SSH agent's socket of who asks
}

// AddedHost is what was found of a host.
type AddedHost struct {
	Host        gemba.Host        `json:"host"`
	Fingerprint string            `json:"fingerprint"` // of the key that is pinned now, "SHA256:…"
	Facts       map[string]string `json:"facts"`
	Key         string            `json:"key,omitempty"`     // the server's own public key, by which it comes from now on
	Missing     []string          `json:"missing,omitempty"` // what it lacks to be ready
}

// Answer tells a run that asks how its interrupted `once` step ended.
type Answer struct {
	Outcome string `json:"outcome"` // "done", "again" or "failed"
}

// LedgerReport says whether the ledger is whole.
type LedgerReport struct {
	OK       bool     `json:"ok"`
	Events   int64    `json:"events"`
	Sealed   int64    `json:"sealed"`  // events under the last signed head
	Heads    int      `json:"heads"`   // signed heads in the state directory
	Outside  string   `json:"outside"` // where the heads outside it are kept
	Problems []string `json:"problems,omitempty"`
	Notes    []string `json:"notes,omitempty"`
}

// Link is a way into the dashboard that works once.
type Link struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// Reexec asks the server to become another executable of itself; what runs goes on.
type Reexec struct {
	Path string `json:"path"`
}

// Stopped says what `down` has stopped.
type Stopped struct {
	Deployments []gemba.Deployment `json:"deployments"`
}

// Empty is an answer without content.
type Empty struct{}
