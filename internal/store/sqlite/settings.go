package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"gemba"
)

// Setting returns the value of a setting, or a gemba.Error with NotFound.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	found := false
	err := s.each(ctx, "read setting "+name, `SELECT value FROM settings WHERE name = ?`, []any{name}, func(rows *sql.Rows) error {
		found = true
		return rows.Scan(&value)
	})
	if err == nil && !found {
		err = gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no setting %s", name), "", "")
	}
	return value, err
}

// SetSetting keeps the value of a setting, in one transaction with the events that tell of it.
func (s *Store) SetSetting(ctx context.Context, name string, value []byte, events ...gemba.Event) error {
	if value == nil {
		value = []byte{}
	}
	_, err := s.change(ctx, "keep setting "+name, events, func(t *tx) error {
		return t.exec(`INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	})
	return err
}
