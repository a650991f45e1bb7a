package host

import (
	"fmt"
	"os"
	"path/filepath"
)

// Sweep removes what workers that were killed have left in the directory of the host's state: bodies that they fetched, notes that
// they were writing. Whoever calls it holds the host, so that nobody else is at it.
func Sweep(dir string) error {
	for _, pattern := range []string{BodiesPattern, filepath.Join("notes", notePattern)} {
		left, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return fmt.Errorf("sweeping %s: %w", dir, err)
		}
		for _, path := range left {
			if err := os.RemoveAll(path); err != nil {
				return fmt.Errorf("sweeping %s: %w", dir, err)
			}
		}
	}
	return nil
}

// BodiesPattern names the directories of bodies that were fetched, one for each worker.
const BodiesPattern = "bodies-*"
