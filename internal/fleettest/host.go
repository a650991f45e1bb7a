package fleettest

import (
	"errors"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Host is one Debian host. Its methods may be called from several goroutines,
// except those that change its power or its network.
type Host struct {
	Name    string // its host name, unique on this machine
	Address string // its IPv4 address; sshd listens at port 22

	seat seat
	key  ssh.PublicKey
	lag  *relay // while it is delayed

	mu      sync.Mutex
	halting bool          // it must not come back from a reboot
	off     chan struct{} // closed when it is off
}

func newHost(s seat) *Host {
	off := make(chan struct{})
	close(off)
	return &Host{Name: s.name(), Address: s.address().String(), seat: s, off: off}
}

// Root is the root of its file system on this machine. What the host mounts,
// as /run and /tmp, is not in it. Symbolic links in it may point out of it.
func (h *Host) Root() string { return h.seat.root() }

// HostKey is its line of a known_hosts file.
func (h *Host) HostKey() string {
	if h.key == nil {
		return ""
	}
	return knownhosts.Line([]string{h.Address}, h.key)
}

// Kill takes its power away, as if the plug were pulled. Start gives it back.
func (h *Host) Kill(t testing.TB) {
	t.Helper()
	if err := h.halt(); err != nil {
		t.Fatalf("kill %s: %v", h.Name, err)
	}
}

// Start boots it after Kill, or after it was powered off from within. It
// returns when sshd answers.
func (h *Host) Start(t testing.TB) {
	t.Helper()
	if err := h.start(); err != nil {
		t.Fatalf("start %s: %v", h.Name, err)
	}
}

// Reboot reboots it in an orderly way. It returns when sshd answers again.
func (h *Host) Reboot(t testing.TB) {
	t.Helper()
	if err := h.reboot(t.Context()); err != nil {
		t.Fatalf("reboot %s: %v", h.Name, err)
	}
}

// demolish takes everything of it away and gives its seat back.
func (h *Host) demolish() error {
	defer h.seat.lock.release()
	h.undelay()
	return errors.Join(h.halt(), h.seat.clear())
}
