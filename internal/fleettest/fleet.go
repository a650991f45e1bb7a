package fleettest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"
)

// Fleet is the hosts of one test.
type Fleet struct {
	Hosts   []*Host
	Key     string // path of the private key, ed25519, with which root of every host is reached
	Gateway string // address of this machine as the hosts see it
}

// Boot boots n fresh hosts and waits until their sshd answers. They are gone
// when the test is over. The test is skipped where hosts cannot be booted.
func Boot(t testing.TB, n int) *Fleet {
	t.Helper()
	base := Base(t)
	return boot(t, n, func(h *Host, access ssh.PublicKey) error { return h.furnish(base, access) })
}

// BootFrom boots a host from another root filesystem, which is not changed. It has to bring sshd and systemd-networkd. It comes up as a
// host that is made of an image does: its name, identity and host keys are its own affair, and HostKey is "".
func BootFrom(t testing.TB, root string) *Fleet {
	t.Helper()
	require(t)
	return boot(t, 1, func(h *Host, access ssh.PublicKey) error { return h.furnishImage(root, access) })
}

// Base returns the directory of the root filesystem that hosts are booted from, for a test to make others of. Nobody may change it.
func Base(t testing.TB) string {
	t.Helper()
	require(t)
	begin := time.Now()
	base, err := base(t.Context(), t.Logf)
	if err != nil {
		leaveOut(t, fmt.Sprintf("the base of the hosts could not be made: %v", err))
	}
	t.Logf("base %.1f s", time.Since(begin).Seconds())
	return base
}

func boot(t testing.TB, n int, furnish func(h *Host, access ssh.PublicKey) error) *Fleet {
	t.Helper()
	begin := time.Now()
	if err := openNetwork(); err != nil {
		leaveOut(t, fmt.Sprintf("the network of the hosts could not be opened: %v", err))
	}
	if err := sweep(); err != nil {
		t.Fatalf("sweep hosts that were left behind: %v", err)
	}
	fleet := &Fleet{Key: filepath.Join(t.TempDir(), "key"), Gateway: gateway.String()}
	private, access, err := makeKey()
	if err != nil {
		t.Fatalf("make the key of the hosts: %v", err)
	}
	if err := os.WriteFile(fleet.Key, private, 0o600); err != nil {
		t.Fatalf("write the key of the hosts: %v", err)
	}
	t.Cleanup(func() {
		if err := fleet.close(); err != nil {
			t.Errorf("take the hosts down: %v", err)
		}
	})
	for range n {
		seat, err := claim()
		if err != nil {
			t.Fatalf("claim a place for a host: %v", err)
		}
		fleet.Hosts = append(fleet.Hosts, newHost(seat))
	}
	err = fleet.each(func(h *Host) error {
		if err := furnish(h, access); err != nil {
			return fmt.Errorf("furnish %s: %w", h.Name, err)
		}
		return h.start()
	})
	if err != nil {
		t.Fatalf("boot %d hosts: %v", n, err)
	}
	t.Logf("booted %d hosts in %.1f s", n, time.Since(begin).Seconds())
	return fleet
}

func (f *Fleet) close() error { return f.each((*Host).demolish) }

// each does the same for all hosts at once, all of it whatever fails.
func (f *Fleet) each(do func(*Host) error) error {
	var group errgroup.Group
	for _, h := range f.Hosts {
		group.Go(func() error { return do(h) })
	}
	return group.Wait()
}

// require skips the test where hosts cannot be booted, and says so loudly.
func require(t testing.TB) {
	t.Helper()
	if missing := missing(); missing != "" {
		leaveOut(t, missing)
	}
}

// leaveOut skips the test, or fails it where hosts are required.
func leaveOut(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("GEMBA_REQUIRE_FLEET") != "" {
		t.Fatalf("GEMBA_REQUIRE_FLEET is set, but real hosts cannot be booted: %s", why)
	}
	t.Skipf("NOT TESTED ON REAL HOSTS: %s", why)
}
