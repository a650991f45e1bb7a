package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"gemba"
	"gemba/internal/build"
)

// KeepArtifact implements build.Store.
func (s *Store) KeepArtifact(ctx context.Context, artifact gemba.Artifact, events ...gemba.Event) error {
	body, err := toJSON(artifact)
	if err != nil {
		return fmt.Errorf("keep an artifact: %w", err)
	}
	_, err = s.change(ctx, "keep an artifact", events, func(t *tx) error {
		return t.exec(`INSERT INTO artifacts (digest, service, key, body) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING`,
			string(artifact.Digest), artifact.Service, artifact.Key, body)
	})
	return err
}

// ArtifactsByKey implements build.Store.
func (s *Store) ArtifactsByKey(ctx context.Context, service, key string) ([]gemba.Artifact, error) {
	return bodies[gemba.Artifact](ctx, s, "find an artifact", `SELECT body FROM artifacts WHERE service = ? AND key = ? ORDER BY n`, service, key)
}

// Artifact implements build.Store.
func (s *Store) Artifact(ctx context.Context, digest gemba.Digest) (gemba.Artifact, error) {
	return body[gemba.Artifact](ctx, s, noArtifact(digest), "find an artifact", `SELECT body FROM artifacts WHERE digest = ?`, string(digest))
}

func noArtifact(digest gemba.Digest) error {
	return gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no artifact %s", digest), "", "gemba ship")
}

// Artifacts implements build.Store; limit 0 is all.
func (s *Store) Artifacts(ctx context.Context, service string, limit int) ([]gemba.Artifact, error) {
	return bodies[gemba.Artifact](ctx, s, "list artifacts",
		`SELECT body FROM artifacts WHERE ?1 = '' OR service = ?1 ORDER BY n DESC LIMIT ?2`, service, atMost(limit))
}

// MarkReproducible implements build.Store.
func (s *Store) MarkReproducible(ctx context.Context, digest gemba.Digest, same bool, events ...gemba.Event) error {
	_, err := s.change(ctx, "mark an artifact", events, func(t *tx) error {
		var body []byte
		err := t.get(`SELECT body FROM artifacts WHERE digest = ?`, []any{string(digest)}, &body)
		if errors.Is(err, sql.ErrNoRows) {
			return noArtifact(digest)
		}
		if err != nil {
			return err
		}
		var artifact gemba.Artifact
		if err := json.Unmarshal(body, &artifact); err != nil {
			return err
		}
		artifact.Reproducible = &same
		marked, err := toJSON(artifact)
		if err != nil {
			return err
		}
		return t.exec(`UPDATE artifacts SET body = ? WHERE digest = ?`, marked, string(digest))
	})
	return err
}

// KeepBuild implements build.Store.
func (s *Store) KeepBuild(ctx context.Context, record build.Record, events ...gemba.Event) error {
	body, err := toJSON(record)
	if err != nil {
		return fmt.Errorf("keep a build: %w", err)
	}
	_, err = s.change(ctx, "keep a build", events, func(t *tx) error {
		return t.exec(`INSERT INTO builds (run, body) VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET body = excluded.body`, record.Run, body)
	})
	return err
}

// Build implements build.Store.
func (s *Store) Build(ctx context.Context, run int64) (build.Record, error) {
	missing := gemba.Fail(gemba.NotFound, fmt.Sprintf("run %d has built nothing", run), "", "gemba status")
	return body[build.Record](ctx, s, missing, "read a build", `SELECT body FROM builds WHERE run = ?`, run)
}

// KeepSuite implements build.Store.
func (s *Store) KeepSuite(ctx context.Context, suite build.Suite, events ...gemba.Event) error {
	// Under its own order, not the run's: a run that is older may be tested later.
	const keep = `INSERT OR REPLACE INTO suites (run, service, key, suite, passed, results) VALUES (?, ?, ?, ?, ?, ?)`
	results, err := toJSON(suite.Results)
	if err != nil {
		return fmt.Errorf("keep the results of a suite: %w", err)
	}
	_, err = s.change(ctx, "keep the results of a suite", events, func(t *tx) error {
		return t.exec(keep, suite.Run, suite.Service, suite.Key, suite.Suite, suite.Passed, results)
	})
	return err
}

// SuitePassed implements build.Store.
func (s *Store) SuitePassed(ctx context.Context, service, key, suite string) (run int64, ok bool, err error) {
	query := `SELECT run, passed FROM suites WHERE service = ? AND key = ? AND suite = ? ORDER BY n DESC LIMIT 1`
	err = s.each(ctx, "look for a suite's verdict", query, []any{service, key, suite},
		func(rows *sql.Rows) error { return rows.Scan(&run, &ok) })
	if err != nil || !ok {
		return 0, false, err
	}
	return run, true, nil
}

// TestResults implements build.Store.
func (s *Store) TestResults(ctx context.Context, run int64) ([]gemba.TestResult, error) {
	suites, err := bodies[[]gemba.TestResult](ctx, s, "read test results", `SELECT results FROM suites WHERE run = ? ORDER BY n`, run)
	var all []gemba.TestResult
	for _, results := range suites {
		all = append(all, results...)
	}
	return all, err
}
