package fleettest

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// Cut takes its network away: packets are lost both ways, nothing is refused.
// Mend gives it back; a reboot does so too.
func (h *Host) Cut(t testing.TB) {
	t.Helper()
	if err := ip("link", "set", h.seat.link(), "down"); err != nil {
		t.Fatalf("cut %s off: %v", h.Name, err)
	}
}

// Mend gives it back the network that Cut took.
func (h *Host) Mend(t testing.TB) {
	t.Helper()
	if err := ip("link", "set", h.seat.link(), "up"); err != nil {
		t.Fatalf("mend %s: %v", h.Name, err)
	}
}

// removeLink removes the link of a host that is off. The kernel does it in its
// own time: a connection that nobody closed may keep it for minutes.
func (s seat) removeLink() error {
	var failed error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat("/sys/class/net/" + s.link()); err != nil {
			return nil
		}
		failed = ip("link", "delete", s.link()) // or the kernel was faster
	}
	return fmt.Errorf("the link %s remains: %w", s.link(), failed)
}
