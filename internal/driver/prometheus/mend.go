package prometheus

import (
	"log/slog"
	"os"
	"path/filepath"

	"github.com/oklog/ulid/v2"
	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/tsdb"
)

// asideSuffix is added to the name of a block that cannot be read; the engine
// then leaves it alone.
const asideSuffix = ".damaged"

// putAside renames the blocks that cannot be opened, and says so.
func putAside(dir string, log *slog.Logger) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // opening says it better
	}
	for _, entry := range entries {
		if _, err := ulid.ParseStrict(entry.Name()); err != nil || !entry.IsDir() {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		damage := openOnce(path)
		if damage == nil {
			continue
		}
		if err := os.Rename(path, path+asideSuffix); err != nil {
			log.Error("a block of metrics is damaged and cannot be put aside", "block", path, "damage", damage, "error", err)
			continue
		}
		log.Warn("a block of metrics is damaged and was put aside; its hours are missing", "block", path+asideSuffix, "damage", damage)
	}
}

// openOnce says why a block cannot be opened, or nil.
func openOnce(path string) error {
	block, err := tsdb.OpenBlock(nil, path, nil, nil)
	if err != nil {
		return err
	}
	return block.Close()
}

// corruptions asks the engine how many times it found its log damaged.
func corruptions(registry *client.Registry) float64 {
	families, err := registry.Gather()
	if err != nil {
		return 0
	}
	for _, family := range families {
		if family.GetName() == "prometheus_tsdb_wal_corruptions_total" {
			return family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return 0
}
