package host

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// LockedBy names the process that has a file locked (fcntl), as dpkg and apt lock theirs; "" when none has.
func (h *Host) LockedBy(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "" // nothing was ever locked
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock); err != nil || lock.Type == unix.F_UNLCK {
		return ""
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", lock.Pid))
	if err != nil {
		return fmt.Sprintf("process %d", lock.Pid)
	}
	return fmt.Sprintf("%s, process %d", strings.TrimSpace(string(name)), lock.Pid)
}

// Waits tells whoever watches that somebody else is waited for.
func (h *Host) Waits(holder string) {
	if h.waits != nil {
		h.waits(holder)
	}
}
