package prometheus

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"gemba"
)

// The engine treats a disk without room as a fault of its own: it panics
// where it moves finished chunks from memory to disk. So nothing is written
// when less than spare is left, and that move is made here, where a panic
// that comes nevertheless is caught and said.
const (
	spare        = 16 << 20 // bytes
	mappingRound = time.Minute
)

// room returns a gemba.Error when the disk under dir is as good as full.
func room(dir string) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return fmt.Errorf("ask for the room left in %s: %w", dir, err)
	}
	free := disk.Bavail * uint64(disk.Bsize)
	if free >= spare {
		return nil
	}
	return gemba.Fail(gemba.Unavailable, "no metrics are kept",
		fmt.Sprintf("the disk under %s is full (%d KB left)", dir, free>>10), "make room; watching goes on by itself")
}

// keepMapping moves finished chunks from memory to disk once a minute until Close.
func (s *Series) keepMapping() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.keeping.Go(func() {
		tick := time.NewTicker(mappingRound)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				s.mapChunks()
			}
		}
	})
}

// mapChunks does one round. Chunks that stay in memory are in the log too.
func (s *Series) mapChunks() {
	if room(s.dir) != nil {
		return
	}
	err := caught(func() error { s.db.ForceHeadMMap(); return nil })
	if err != nil {
		s.log.Error("finished chunks of metrics could not be written", "error", err)
	}
}

// caught turns a panic of the engine into an error.
func caught(act func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the storage engine of metrics gave up: %v", cause)
		}
	}()
	return act()
}
