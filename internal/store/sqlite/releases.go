package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"gemba"
	"gemba/internal/deploy"
)

// KeepRelease implements deploy.Store.
func (s *Store) KeepRelease(ctx context.Context, release gemba.Release, events ...gemba.Event) error {
	_, err := s.change(ctx, "keep a release", events, func(t *tx) error { return t.keepRelease(release) })
	return err
}

func (t *tx) keepRelease(release gemba.Release) error {
	body, err := toJSON(release)
	if err != nil {
		return err
	}
	newest, err := toJSON(release.Commit)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO releases (environment, service, id, body, newest) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (environment, service, id) DO UPDATE SET newest = excluded.newest`,
		release.Environment, release.Service, string(release.ID), body, newest)
}

// Release implements deploy.Store. A prefix of several releases is a gemba.Error with Invalid.
func (s *Store) Release(ctx context.Context, environment, service, id string) (gemba.Release, error) {
	found, err := s.releasesFrom(ctx, environment, service, id)
	switch {
	case err != nil:
		return gemba.Release{}, err
	case len(found) == 0 || id == "":
		return gemba.Release{}, gemba.Fail(gemba.NotFound,
			fmt.Sprintf("there is no release %s of %s in %s", id, service, environment), "", "gemba status")
	case len(found) > 1 && string(found[0].ID) != id:
		return gemba.Release{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("%s is the start of more than one release of %s", id, service),
			fmt.Sprintf("%s and %s, for example", found[0].ID, found[1].ID), "give more of it")
	}
	return found[0], nil
}

// releasesFrom returns the first two releases whose identity begins with a prefix, in order.
func (s *Store) releasesFrom(ctx context.Context, environment, service, prefix string) ([]gemba.Release, error) {
	var found []gemba.Release
	query := `SELECT body, newest FROM releases
		WHERE environment = ? AND service = ? AND id >= ? AND substr(id, 1, length(?3)) = ?3 ORDER BY id LIMIT 2`
	err := s.each(ctx, "read releases", query, []any{environment, service, prefix}, func(rows *sql.Rows) error {
		var body, newest []byte
		if err := rows.Scan(&body, &newest); err != nil {
			return err
		}
		var release gemba.Release
		if err := json.Unmarshal(body, &release); err != nil {
			return err
		}
		release.Commit = gemba.Commit{}
		err := json.Unmarshal(newest, &release.Commit)
		found = append(found, release)
		return err
	})
	return found, err
}

// Releases implements deploy.Store: each release once, as it was placed last; limit 0 is all.
func (s *Store) Releases(ctx context.Context, environment, service string, limit int) ([]deploy.Placement, error) {
	return bodies[deploy.Placement](ctx, s, "read releases", `SELECT body FROM placements
		WHERE n IN (SELECT max(n) FROM placements WHERE environment = ? AND service = ? GROUP BY release)
		ORDER BY n DESC LIMIT ?`, environment, service, atMost(limit))
}

// History implements deploy.Store; limit 0 is all.
func (s *Store) History(ctx context.Context, environment, service string, limit int) ([]deploy.Placement, error) {
	return bodies[deploy.Placement](ctx, s, "read the placements", `SELECT body FROM placements
		WHERE environment = ? AND service = ? ORDER BY n DESC LIMIT ?`, environment, service, atMost(limit))
}

// Place implements deploy.Store. A release that was not kept before is kept with it.
func (s *Store) Place(ctx context.Context, placement deploy.Placement, events ...gemba.Event) error {
	release := placement.Release
	release.Environment, release.Service = placement.Environment, placement.Service
	_, err := s.change(ctx, "place a release", events, func(t *tx) error {
		if err := t.keepRelease(release); err != nil {
			return err
		}
		if len(events) > 0 {
			last, err := t.lastEvent()
			if err != nil {
				return err
			}
			placement.Event = last.Seq + 1 // the first of those that this transaction appends
		}
		body, err := toJSON(placement)
		if err != nil {
			return err
		}
		return t.exec(`INSERT INTO placements (environment, service, release, body) VALUES (?, ?, ?, ?)`,
			placement.Environment, placement.Service, string(release.ID), body)
	})
	return err
}

// Placed implements deploy.Store, in order of environment and service.
func (s *Store) Placed(ctx context.Context) ([]deploy.Placement, error) {
	return bodies[deploy.Placement](ctx, s, "read what is placed", `SELECT body FROM placements
		WHERE n IN (SELECT max(n) FROM placements GROUP BY environment, service) ORDER BY environment, service`)
}

// Port implements deploy.Store. choose runs inside the transaction: it must not use the store.
func (s *Store) Port(ctx context.Context, environment, service string, choose func(taken map[int]bool) (int, error)) (int, error) {
	ports, err := s.ports(ctx)
	if err != nil {
		return 0, err
	}
	if port, kept := ports[place{environment, service}]; kept {
		return port, nil
	}
	var port int
	_, err = s.change(ctx, "choose a port", nil, func(t *tx) (err error) {
		port, err = t.choosePort(environment, service, choose)
		return err
	})
	return port, err
}

type place struct{ environment, service string }

func (s *Store) ports(ctx context.Context) (map[place]int, error) {
	ports := make(map[place]int)
	err := s.each(ctx, "read the ports", `SELECT environment, service, port FROM ports`, nil, func(rows *sql.Rows) error {
		var at place
		var port int
		err := rows.Scan(&at.environment, &at.service, &port)
		ports[at] = port
		return err
	})
	return ports, err
}

// choosePort asks again whether somebody else chose meanwhile.
func (t *tx) choosePort(environment, service string, choose func(map[int]bool) (int, error)) (int, error) {
	var port int
	err := t.get(`SELECT port FROM ports WHERE environment = ? AND service = ?`, []any{environment, service}, &port)
	if !errors.Is(err, sql.ErrNoRows) {
		return port, err
	}
	var list []byte
	if err := t.get(`SELECT json_group_array(port) FROM ports`, nil, &list); err != nil {
		return 0, err
	}
	var ports []int
	if err := json.Unmarshal(list, &ports); err != nil {
		return 0, err
	}
	taken := make(map[int]bool, len(ports))
	for _, port := range ports {
		taken[port] = true
	}
	if port, err = choose(taken); err != nil {
		return 0, err
	}
	return port, t.exec(`INSERT INTO ports (environment, service, port) VALUES (?, ?, ?)`, environment, service, port)
}
