package sqlite

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"

	"gemba"
)

// schema holds one file per version, in order; a file that was released never changes.
//
//go:embed schema/*.sql
var schema embed.FS

// applicationID marks a database as Gemba's: "GMBA" (sqlite.org/fileformat.html, offset 68).
const applicationID = 0x474D4241

// migrate brings the schema up to date, each version in a transaction of its own.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	for {
		version, err := s.version(ctx)
		if err != nil {
			return err
		}
		if version > len(files) {
			return newer(s.path, version, len(files))
		}
		if version == len(files) {
			return nil
		}
		if err := s.upgrade(ctx, version, files[version]); err != nil {
			return fmt.Errorf("bring the state to version %d: %w", version+1, err)
		}
	}
}

func newer(path string, version, known int) error {
	return gemba.Fail(gemba.Newer,
		fmt.Sprintf("the state %s was written by a newer Gemba", path),
		fmt.Sprintf("its schema is version %d, this Gemba knows versions up to %d", version, known),
		"install the newer Gemba again, or restore a backup from before it")
}

// version reads the schema's version; 0 for an empty database.
func (s *Store) version(ctx context.Context) (int, error) {
	var version, application, tables int
	err := s.writer.conn.QueryRowContext(ctx,
		`SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		 FROM pragma_user_version, pragma_application_id`).Scan(&version, &application, &tables)
	if err != nil {
		return 0, err
	}
	if tables > 0 && application != applicationID {
		return 0, gemba.Fail(gemba.Invalid, fmt.Sprintf("%s is not a state of Gemba's", s.path),
			"it is the database of another program", "move it away, or name another state directory")
	}
	return version, nil
}

// upgrade takes the schema from a version to the next, unless another process just did.
func (s *Store) upgrade(ctx context.Context, from int, file string) error {
	script, err := schema.ReadFile(file)
	if err != nil {
		return err
	}
	return s.writer.transact(ctx, func(t *tx) error {
		if version, err := s.version(ctx); err != nil || version != from {
			return err
		}
		// A script of several statements is not prepared.
		if _, err := t.writer.conn.ExecContext(t.ctx, string(script)); err != nil {
			return err
		}
		mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, from+1)
		if _, err := t.writer.conn.ExecContext(t.ctx, mark); err != nil {
			return err
		}
		return t.exec(`INSERT INTO ledger (one, id) VALUES (1, ?) ON CONFLICT DO NOTHING`, newID())
	})
}

// newID names a ledger: 16 random hexadecimal digits.
func newID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return hex.EncodeToString(id[:])
}
