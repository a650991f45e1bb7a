package fleettest

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// Delay makes every round trip to the host longer by d, half of it each way.
// Zero takes it back; a reboot does so too. Packets keep their order.
func (h *Host) Delay(t testing.TB, d time.Duration) {
	t.Helper()
	if err := h.delay(d); err != nil {
		t.Fatalf("delay %s: %v", h.Name, err)
	}
}

// delay puts a relay between the link of the host and the bridge. (The queue
// netem of the kernel would do one way of it, where a kernel has it.)
func (h *Host) delay(d time.Duration) error {
	link := h.seat.link()
	if h.undelay() {
		if err := ip("link", "set", link, "master", bridge); err != nil {
			return err
		}
	}
	if d <= 0 {
		return nil
	}
	// This machine must not answer at the link itself for the addresses it has.
	if err := os.WriteFile("/proc/sys/net/ipv4/conf/"+link+"/arp_ignore", []byte("1"), 0o644); err != nil {
		return err
	}
	relay, err := openRelay(link, "vd-"+h.Name, d/2)
	if err != nil {
		return fmt.Errorf("open the relay: %w", err)
	}
	h.lag = relay
	if err := ip("link", "set", link, "nomaster"); err != nil {
		return err
	}
	return ip("link", "set", "vd-"+h.Name, "master", bridge, "up")
}

// undelay ends the relay, and says whether there was one.
func (h *Host) undelay() bool {
	if h.lag == nil {
		return false
	}
	h.lag.close()
	h.lag = nil
	return true
}
