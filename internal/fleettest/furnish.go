package fleettest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// mountDisk makes its disk over a root filesystem that stays as it is.
func (h *Host) mountDisk(base string) error {
	upper, work := filepath.Join(h.seat.dir(), "upper"), filepath.Join(h.seat.dir(), "work")
	for _, dir := range []string{upper, work, h.Root()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(upper, 0o755); err != nil { // it is the root directory of the host
		return err
	}
	// Volatile: a disk that is thrown away need not be synced.
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s,volatile", base, upper, work)
	if err := syscall.Mount("gemba-fleet", h.Root(), "overlay", 0, options); err != nil {
		return fmt.Errorf("mount its disk: %w", err)
	}
	return nil
}

// furnish makes its disk over the base and writes what is its own.
func (h *Host) furnish(base string, access ssh.PublicKey) error {
	if err := h.mountDisk(base); err != nil {
		return err
	}
	private, public, err := makeKey()
	if err != nil {
		return err
	}
	h.key = public
	machine := make([]byte, 16)
	rand.Read(machine)
	return errors.Join(
		h.write("etc/hostname", h.Name+"\n", 0o644),
		h.write("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 "+h.Name+"\n", 0o644),
		h.write("etc/machine-id", fmt.Sprintf("%x\n", machine), 0o444),
		h.write("etc/ssh/ssh_host_ed25519_key", string(private), 0o600),
		h.connect(access))
}

// furnishImage makes its disk over an image and writes only what has it reached.
func (h *Host) furnishImage(root string, access ssh.PublicKey) error {
	if err := h.mountDisk(root); err != nil {
		return err
	}
	return h.connect(access)
}

func (h *Host) write(path, content string, mode os.FileMode) error {
	return write(filepath.Join(h.Root(), path), content, mode)
}

// connect lets it be reached, and reach others.
func (h *Host) connect(access ssh.PublicKey) error {
	if err := os.MkdirAll(filepath.Join(h.Root(), "root/.ssh"), 0o700); err != nil {
		return err
	}
	var errs []error
	own := func(path, content string, mode os.FileMode) { errs = append(errs, h.write(path, content, mode)) }
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
