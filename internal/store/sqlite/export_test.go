package sqlite

import (
	"fmt"
	"testing"
)

// LimitPages makes the database as full as a disk that has no more room.
func (s *Store) LimitPages(t *testing.T, pages int) {
	t.Helper()
	if _, err := s.writer.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
}
