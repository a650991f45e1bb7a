package fleettest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
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
	off     chan struct{} // closed when it is off; nil before it was ever on
}

func newHost(s seat) *Host {
	return &Host{Name: s.name(), Address: s.address().String(), seat: s}
}

// Root is the root of its file system on this machine. What the host mounts,
// as /run and /tmp, is not in it. Symbolic links in it may point out of it.
func (h *Host) Root() string { return h.seat.root() }

// HostKey is its line of a known_hosts file.
func (h *Host) HostKey() string { return knownhosts.Line([]string{h.Address}, h.key) }

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

// furnish makes its disk over the base and writes what is its own.
func (h *Host) furnish(base string, access ssh.PublicKey) error {
	upper, work := filepath.Join(h.seat.dir(), "upper"), filepath.Join(h.seat.dir(), "work")
	for _, dir := range []string{upper, work, h.Root()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	// Volatile: a disk that is thrown away need not be synced.
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s,volatile", base, upper, work)
	if err := syscall.Mount("gemba-fleet", h.Root(), "overlay", 0, options); err != nil {
		return fmt.Errorf("mount its disk: %w", err)
	}
	private, err := h.makeHostKey()
	if err != nil {
		return err
	}
	machine := make([]byte, 16)
	rand.Read(machine)
	if err := os.MkdirAll(filepath.Join(h.Root(), "root/.ssh"), 0o700); err != nil {
		return err
	}
	var errs []error
	own := func(path, content string, mode os.FileMode) {
		errs = append(errs, write(filepath.Join(h.Root(), path), content, mode))
	}
	own("etc/hostname", h.Name+"\n", 0o644)
	own("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 "+h.Name+"\n", 0o644)
	own("etc/machine-id", fmt.Sprintf("%x\n", machine), 0o444)
	own("etc/ssh/ssh_host_ed25519_key", string(private), 0o600)
	own("root/.ssh/authorized_keys", string(ssh.MarshalAuthorizedKey(access)), 0o600)
	// The name sorts before what Debian has for containers. It keeps its
	// address while it is cut off, as a host behind a broken switch does.
	own("etc/systemd/network/10-host0.network", fmt.Sprintf("[Match]\nName=host0\n[Network]\nAddress=%s/%d\nGateway=%s\n"+
		"ConfigureWithoutCarrier=yes\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nLLDP=no\n", h.Address, subnet.Bits(), gateway), 0o644)
	// It resolves names and trusts authorities as this machine does.
	for _, path := range []string{"etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"} {
		text, err := os.ReadFile("/" + path)
		if err == nil {
			_ = os.Remove(filepath.Join(h.Root(), path))
			own(path, string(text), 0o644)
		}
	}
	return errors.Join(errs...)
}

func (h *Host) makeHostKey() ([]byte, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if h.key, err = ssh.NewPublicKey(public); err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	return pem.EncodeToMemory(block), err
}

// demolish takes everything of it away and gives its seat back.
func (h *Host) demolish() error {
	defer h.seat.lock.release()
	h.undelay()
	return errors.Join(h.halt(), h.seat.clear())
}
