package app

import (
	"context"
	"crypto/rand"
	"fmt"

	"gemba"
	"gemba/internal/api/contract"
)

const (
	dashboardSecret  = "dashboard.secret"
	dashboardAddress = "dashboard.address"
)

// DashboardKeys returns the key that its cookies are signed with, made the first time, and the address that it had the last time.
func (a *App) DashboardKeys(ctx context.Context) (secret []byte, address string, err error) {
	if secret, err = a.keyNamed(ctx, dashboardSecret); err != nil {
		return nil, "", err
	}
	kept, err := a.store.Setting(ctx, dashboardAddress)
	if err != nil && gemba.CodeOf(err) != gemba.NotFound {
		return nil, "", err
	}
	return secret, string(kept), nil
}

// KeepDashboard remembers the dashboard's address.
func (a *App) KeepDashboard(ctx context.Context, address string) error {
	a.dashboard = "http://" + address + "/"
	kept, err := a.store.Setting(ctx, dashboardAddress)
	if err == nil && string(kept) == address {
		return nil
	}
	return a.store.SetSetting(ctx, dashboardAddress, []byte(address))
}

// keyNamed returns a random key that the state directory keeps.
func (a *App) keyNamed(ctx context.Context, name string) ([]byte, error) {
	key, err := a.store.Setting(ctx, name)
	if err == nil && len(key) > 0 {
		return key, nil
	}
	if err != nil && gemba.CodeOf(err) != gemba.NotFound {
		return nil, fmt.Errorf("reading a key: %w", err)
	}
	key = make([]byte, 32)
	rand.Read(key)
	return key, a.store.SetSetting(ctx, name, key)
}

// StepLog returns the lines of a step's log after the first so many.
func (a *App) StepLog(ctx context.Context, id int64, index, after int) ([]gemba.LogLine, error) {
	run, err := a.store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= len(run.Steps) {
		return nil, gemba.Fail(gemba.NotFound, fmt.Sprintf("run %d has no step %d", id, index), "", "")
	}
	path := a.stepLog(ctx, run, run.Steps[index], func() bool { return false })
	if path == "" {
		return nil, nil
	}
	printed, err := tail(ctx, path, 0)
	var lines []gemba.LogLine
	for _, line := range printed {
		if line, shown := readable(run.Steps[index], line); shown {
			lines = append(lines, line)
		}
	}
	if err != nil || after >= len(lines) {
		return nil, err
	}
	return lines[after:], nil
}

// LedgerState says how far the ledger is sealed and what the last proof found, without proving it anew.
func (a *App) LedgerState(ctx context.Context) (contract.LedgerReport, error) {
	a.proof.Lock()
	state := a.proof.last
	a.proof.Unlock()
	sealed, err := a.store.Sealed(ctx)
	if err != nil {
		return state, err
	}
	newest, err := a.store.Newest(ctx)
	state.Events, state.Sealed = newest, sealed
	return state, err
}

// Subscribe tells the number of the latest event after each change, until ctx ends.
func (a *App) Subscribe(ctx context.Context) <-chan int64 { return a.store.Subscribe(ctx) }
