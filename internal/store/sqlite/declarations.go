package sqlite

import (
	"context"
	"fmt"

	"gemba"
	"gemba/internal/pipeline"
)

// AcceptDeclaration implements pipeline.DeclarationStore.
func (s *Store) AcceptDeclaration(ctx context.Context, declaration pipeline.Declaration, events ...gemba.Event) error {
	body, err := toJSON(declaration)
	if err != nil {
		return fmt.Errorf("accept a declaration: %w", err)
	}
	_, err = s.change(ctx, "accept a declaration", events, func(t *tx) error {
		return t.exec(`INSERT INTO declarations (scope, body) VALUES (?, ?)`, declaration.Scope, body)
	})
	return err
}

// AcceptedDeclaration implements pipeline.DeclarationStore.
func (s *Store) AcceptedDeclaration(ctx context.Context, scope string) (pipeline.Declaration, error) {
	missing := gemba.Fail(gemba.NotFound, fmt.Sprintf("no declaration was accepted for %s", scope), "", "gemba ship")
	return body[pipeline.Declaration](ctx, s, missing, "read the accepted declaration",
		`SELECT body FROM declarations WHERE scope = ? ORDER BY n DESC LIMIT 1`, scope)
}

// AcceptedDeclarations implements pipeline.DeclarationStore.
func (s *Store) AcceptedDeclarations(ctx context.Context) ([]pipeline.Declaration, error) {
	return bodies[pipeline.Declaration](ctx, s, "read the accepted declarations",
		`SELECT body FROM declarations WHERE n IN (SELECT max(n) FROM declarations GROUP BY scope) ORDER BY scope`)
}
