package e2e

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"
)

func TestTheLedgerProvesThatNothingWasChangedOrCutOff(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]string{
		"one byte changed": `UPDATE events SET leaf = CAST(replace(CAST(leaf AS TEXT), 'toy', 'tox') AS BLOB) WHERE seq = 3`,
		"the last ten cut": `DELETE FROM events WHERE seq > (SELECT max(seq) - 10 FROM events)`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.must(0, "ship")
			w.says(w.must(0, "ledger", "verify"), "whole")
			w.must(0, "down")
			path := filepath.Join(w.dir, ".gemba", "state.db")
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			result, err := db.Exec(tamper)
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := result.RowsAffected(); n == 0 {
				t.Fatal("nothing was tampered with")
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			w.must(1, "ledger", "verify")
			w.must(0, "down")
			if err := os.WriteFile(path, good, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}
