package pipeline

import (
	"context"
	"slices"
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
	// AcceptedDeclarations returns the one accepted last of each scope, in the order of scopes.
	AcceptedDeclarations(ctx context.Context) ([]Declaration, error)
}

// Declaration is a declaration as it was accepted.
type Declaration struct {
	Scope    string    `json:"scope"`              // what it is accepted for: a directory of a repository
	Commit   string    `json:"commit,omitempty"`   // that it was read from
	Services []string  `json:"services,omitempty"` // that it declares
	Deploys  []string  `json:"deploys,omitempty"`  // services that its environments deploy
	Hosts    bool      `json:"hosts,omitempty"`    // its environments have hosts with profiles
	Gates    []byte    `json:"gates,omitempty"`    // the part that a commit must not change by itself, in a comparable form
	Bytes    []byte    `json:"bytes"`              // the declaration itself
	Actor    string    `json:"actor"`
	Time     time.Time `json:"time"`
}

// Governs reports whether it decides about a service that is declared elsewhere: its environments deploy it.
func (d Declaration) Governs(service string) bool {
	return slices.Contains(d.Deploys, service) && !slices.Contains(d.Services, service)
}
