package pipeline

import (
	"context"
	"time"

	"gemba"
)

// DeclarationStore keeps the declarations that the server has accepted:
// environments and gates are read from there, never from the commit that has
// to pass them.
type DeclarationStore interface {
	// AcceptDeclaration makes a declaration the accepted one of its scope, in one
	// transaction with the events that tell of it. Those before are kept.
	AcceptDeclaration(ctx context.Context, declaration Declaration, events ...gemba.Event) error
	// AcceptedDeclaration returns the one accepted last, or a gemba.Error with NotFound.
	AcceptedDeclaration(ctx context.Context, scope string) (Declaration, error)
}

// Declaration is a declaration as it was accepted.
type Declaration struct {
	Scope      string    `json:"scope"` // what it is accepted for: a repository and a subtree, say
	Repository string    `json:"repository"`
	Service    string    `json:"service,omitempty"`
	Commit     string    `json:"commit,omitempty"` // that it was read from
	Gates      []byte    `json:"gates,omitempty"`  // the part that a commit must not change by itself, in a comparable form
	Bytes      []byte    `json:"bytes"`            // the declaration itself
	Actor      string    `json:"actor"`
	Time       time.Time `json:"time"`
}
