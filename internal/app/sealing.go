package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"

	"gemba/internal/api/contract"
	"gemba/internal/driver/heads"
	"gemba/internal/ledger"
)

// sealing puts events under signed heads soon after they happened.
type sealing struct {
	app    *App
	sealer *ledger.Sealer
	heads  *heads.File
}

func openSealing(ctx context.Context, a *App) (*sealing, error) {
	id, err := a.store.Ledger(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger's identity: %w", err)
	}
	dir, err := heads.Dir(a.options.Getenv)
	if err != nil {
		return nil, err
	}
	outside := heads.New(dir, id, a.paths.state)
	return &sealing{app: a, heads: outside, sealer: &ledger.Sealer{
		Store: a.store, Heads: outside, Keys: heads.NewKeyFile(filepath.Join(a.paths.state, "ledger.key")), Now: a.now, Rand: rand.Reader,
	}}, nil
}

func (s *sealing) run(ctx context.Context) {
	s.sealer.Run(ctx, s.app.store.Subscribe(ctx), func(err error) {
		s.app.log.Error("the ledger could not be sealed", "error", err)
	})
}

// VerifyLedger proves the ledger, with everything that has happened so far under a head.
func (a *App) VerifyLedger(ctx context.Context) (contract.LedgerReport, error) {
	var notes []string
	if _, err := a.seal.sealer.Seal(ctx); err != nil {
		notes = append(notes, "what happened last could not be sealed: "+err.Error())
	}
	found, err := ledger.Verify(ctx, a.store, a.seal.heads)
	if err != nil {
		return contract.LedgerReport{}, err
	}
	report := contract.LedgerReport{OK: found.OK(), Events: found.Events, Sealed: found.Sealed, Heads: found.Heads, Notes: notes, Outside: a.seal.heads.Where()}
	for _, f := range found.Findings {
		report.Problems = append(report.Problems, f.What)
	}
	a.proof.Lock()
	a.proof.last = report
	a.proof.Unlock()
	return report, nil
}
