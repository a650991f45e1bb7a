package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"gemba"
)

// Create implements pipeline.Store. Events whose Run is 0 get the new run's.
func (s *Store) Create(ctx context.Context, run gemba.Run, plan []byte, events ...gemba.Event) (gemba.Run, error) {
	events = append([]gemba.Event(nil), events...)
	_, err := s.change(ctx, "create a run", events, func(t *tx) error {
		if err := t.get(`SELECT coalesce(max(id), 0) + 1 FROM runs`, nil, &run.ID); err != nil {
			return err
		}
		body, err := runBody(run)
		if err != nil {
			return err
		}
		if err := t.exec(`INSERT INTO runs (id, service, over, body) VALUES (?, ?, ?, ?)`, run.ID, run.Service, run.State.Over(), body); err != nil {
			return err
		}
		if err := t.exec(`INSERT INTO plans (run, plan) VALUES (?, ?)`, run.ID, plan); err != nil {
			return err
		}
		for i := range events {
			if events[i].Run == 0 {
				events[i].Run = run.ID
			}
		}
		run.Steps, err = t.saveSteps(run.ID, run.Steps)
		return err
	})
	return run, err
}

// Save implements pipeline.Store.
func (s *Store) Save(ctx context.Context, run gemba.Run, steps []gemba.Step, events ...gemba.Event) error {
	body, err := runBody(run)
	if err != nil {
		return fmt.Errorf("save run %d: %w", run.ID, err)
	}
	_, err = s.change(ctx, fmt.Sprintf("save run %d", run.ID), events, func(t *tx) error {
		saved, err := t.update(`UPDATE runs SET service = ?, over = ?, body = ? WHERE id = ?`, run.Service, run.State.Over(), body, run.ID)
		if err == nil && saved == 0 {
			err = noRun(run.ID)
		}
		if err != nil {
			return err
		}
		_, err = t.saveSteps(run.ID, steps)
		return err
	})
	return err
}

func (t *tx) saveSteps(run int64, steps []gemba.Step) ([]gemba.Step, error) {
	saved := append([]gemba.Step(nil), steps...)
	for i := range saved {
		saved[i].Run = run
		body, err := toJSON(saved[i])
		if err != nil {
			return nil, err
		}
		err = t.exec(`INSERT INTO steps (run, idx, body) VALUES (?, ?, ?) ON CONFLICT (run, idx) DO UPDATE SET body = excluded.body`,
			run, saved[i].Index, body)
		if err != nil {
			return nil, err
		}
	}
	return saved, nil
}

// runBody is the run without its steps, which are rows of their own.
func runBody(run gemba.Run) (string, error) {
	run.Steps = nil
	return toJSON(run)
}

// Run implements pipeline.Store.
func (s *Store) Run(ctx context.Context, id int64) (gemba.Run, error) {
	found, err := s.runs(ctx, `WHERE id = ?`, ``, id)
	if err == nil && len(found) == 0 {
		err = noRun(id)
	}
	if err != nil {
		return gemba.Run{}, err
	}
	return found[0], nil
}

// Plan implements pipeline.Store.
func (s *Store) Plan(ctx context.Context, id int64) ([]byte, error) {
	var plan []byte
	err := noRun(id)
	failed := s.each(ctx, fmt.Sprintf("read the plan of run %d", id), `SELECT plan FROM plans WHERE run = ?`, []any{id}, func(rows *sql.Rows) error {
		err = nil
		return rows.Scan(&plan)
	})
	if failed != nil {
		return nil, failed
	}
	return plan, err
}

// Runs implements pipeline.Store; limit 0 is all.
func (s *Store) Runs(ctx context.Context, service string, limit int) ([]gemba.Run, error) {
	if service == "" {
		return s.runs(ctx, `ORDER BY id DESC LIMIT ?`, `id DESC,`, atMost(limit))
	}
	return s.runs(ctx, `WHERE service = ? ORDER BY id DESC LIMIT ?`, `id DESC,`, service, atMost(limit))
}

// Unfinished implements pipeline.Store.
func (s *Store) Unfinished(ctx context.Context) ([]gemba.Run, error) {
	return s.runs(ctx, `WHERE over = 0`, `id,`)
}

// runs reads runs and their steps in one query, so that both are of one
// moment. which selects and limits the runs, order sorts them.
func (s *Store) runs(ctx context.Context, which, order string, args ...any) ([]gemba.Run, error) {
	query := `SELECT id, r.body, s.body FROM (SELECT id, body FROM runs ` + which + `) r
		LEFT JOIN steps s ON s.run = r.id ORDER BY ` + order + ` s.idx`
	var found []gemba.Run
	err := s.each(ctx, "read runs", query, args, func(rows *sql.Rows) error {
		var id int64
		var runBody, stepBody []byte
		if err := rows.Scan(&id, &runBody, &stepBody); err != nil {
			return err
		}
		if len(found) == 0 || found[len(found)-1].ID != id {
			var run gemba.Run
			if err := json.Unmarshal(runBody, &run); err != nil {
				return err
			}
			found = append(found, run)
		}
		if stepBody == nil {
			return nil
		}
		var step gemba.Step
		err := json.Unmarshal(stepBody, &step)
		run := &found[len(found)-1]
		run.Steps = append(run.Steps, step)
		return err
	})
	return found, err
}

func noRun(id int64) error {
	return gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no run %d", id), "", "gemba status")
}
