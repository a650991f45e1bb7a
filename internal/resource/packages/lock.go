package packages

import (
	"context"
	"time"

	"gemba/internal/resource"
)

// lockFile is what whoever changes packages has locked.
const lockFile = "/var/lib/dpkg/lock-frontend"

// How often it is looked whether the lock is free, and how long: a little more than apt waits by itself, which tells nobody.
const (
	lookEvery  = 250 * time.Millisecond
	waitAtMost = 2 * time.Minute
)

// locks is what a host has beside a System: who has a file locked, and somebody to tell that it is waited for.
type locks interface {
	// LockedBy names the process that has a file locked; "" when none has.
	LockedBy(path string) string
	// Waits tells whoever watches for whom it is waited.
	Waits(holder string)
}

// await waits until nobody else has the packages of the host in hand. dpkg does not wait, and apt does not say for whom.
func await(ctx context.Context, sys resource.System) {
	host, ok := sys.(locks)
	if !ok || !sys.Live() {
		return
	}
	said := ""
	for end := time.Now().Add(waitAtMost); time.Now().Before(end); {
		holder := host.LockedBy(lockFile)
		if holder == "" {
			return
		}
		if holder != said {
			said = holder
			host.Waits(holder)
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return
		}
	}
}
