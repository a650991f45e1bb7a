package sqlite

import (
	"context"
	"fmt"

	"gemba"
)

// KeepPlan implements converge.Store.
func (s *Store) KeepPlan(ctx context.Context, plan gemba.FleetPlan, events ...gemba.Event) (gemba.FleetPlan, error) {
	_, err := s.change(ctx, "keep a plan", events, func(t *tx) error {
		if err := t.get(`SELECT coalesce(max(id), 0) + 1 FROM host_plans`, nil, &plan.ID); err != nil {
			return err
		}
		body, err := toJSON(plan)
		if err != nil {
			return err
		}
		return t.exec(`INSERT INTO host_plans (id, body) VALUES (?, ?)`, plan.ID, body)
	})
	return plan, err
}

// FleetPlan implements converge.Store.
func (s *Store) FleetPlan(ctx context.Context, id int64) (gemba.FleetPlan, error) {
	missing := gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no plan p-%d", id), "", "gemba plan")
	return body[gemba.FleetPlan](ctx, s, missing, "read a plan", `SELECT body FROM host_plans WHERE id = ?`, id)
}

// KeepHost implements converge.Store.
func (s *Store) KeepHost(ctx context.Context, host gemba.HostState, events ...gemba.Event) error {
	body, err := toJSON(host)
	if err != nil {
		return fmt.Errorf("keep a host: %w", err)
	}
	_, err = s.change(ctx, "keep a host", events, func(t *tx) error {
		return t.exec(`INSERT INTO hosts (environment, name, body) VALUES (?, ?, ?) ON CONFLICT (environment, name) DO UPDATE SET body = excluded.body`,
			host.Target.Environment, host.Target.Host.Name, body)
	})
	if err == nil && len(events) == 0 {
		s.changed.again() // who watches wants to know when a host was looked at, too
	}
	return err
}

// Hosts implements converge.Store.
func (s *Store) Hosts(ctx context.Context) ([]gemba.HostState, error) {
	return bodies[gemba.HostState](ctx, s, "read the hosts", `SELECT body FROM hosts ORDER BY environment, name`)
}
