package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gemba"
)

// Backup writes a consistent copy of the database to path, which must not
// exist, readable by its owner alone and durable when Backup returns.
// Writers are not held up.
func (s *Store) Backup(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return gemba.Fail(gemba.Conflict, fmt.Sprintf("the backup %s exists already", path), "", "name another file")
	}
	if err != nil {
		return explain(path, fmt.Errorf("make the backup %s: %w", path, err))
	}
	defer file.Close()
	if err := s.copyTo(ctx, file); err != nil {
		return errors.Join(explain(path, fmt.Errorf("make the backup %s: %w", path, err)), os.Remove(path))
	}
	return nil
}

// copyTo fills the empty file: SQLite accepts one, and it has the right permissions already.
func (s *Store) copyTo(ctx context.Context, file *os.File) error {
	// The readers' connections refuse everything that writes, even elsewhere.
	db, err := openDB(dsn(s.path), 1)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, file.Name()); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(file.Name()))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
