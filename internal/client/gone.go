package client

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"gemba"
)

// Gone waits until the server has let go of the state directory: its lock, which the kernel drops with the process.
func (h Home) Gone(ctx context.Context) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		lock, err := os.Open(filepath.Join(h.State, "lock"))
		if err != nil {
			return nil // there never was one
		}
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		lock.Close()
		if err == nil {
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return gemba.Fail(gemba.Unavailable, "the server did not end in 30 s", "", "see "+filepath.Join(h.State, "server.log"))
}
