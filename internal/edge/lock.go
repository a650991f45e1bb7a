package edge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gemba"
)

// The names within the directory, beside the table's.
const (
	lockName    = "lock"
	storageName = "caddy" // certificates, and the local authority
	homeName    = "home"  // what Caddy would otherwise keep in the user's home
)

// lockDir keeps a second edge out of a directory. The lock ends with the process.
func lockDir(dir string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the edge's lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, gemba.Fail(gemba.Conflict, "an edge runs on "+dir+" already", "it holds "+f.Name(), "gemba status")
		}
		return nil, fmt.Errorf("locking the edge's directory: %w", err)
	}
	return f.Close, nil
}
