package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"gemba"
)

var errSeen = errors.New("the key was seen")

// Pin asks a host for its key and adds it to Gemba's own known_hosts, unless it is known already. It does not sign in, so it may come
// before the host has any key of ours; jump hosts on the way must be known. The fingerprint is "SHA256:…". A host that is
// known with another key is a gemba.Error with Forbidden, and nothing is added.
func (d *Dialer) Pin(ctx context.Context, host gemba.Host) (fingerprint string, err error) {
	if d.options.OwnKnownHosts == "" {
		return "", gemba.Fail(gemba.Invalid, "host keys cannot be pinned", "no file to keep them in is configured", "")
	}
	r, err := d.route(host)
	if err != nil {
		return "", err
	}
	var seen ssh.PublicKey
	_, err = d.travel(ctx, r, func(ctx context.Context, h hop, conn net.Conn) (*ssh.Client, error) {
		var err error
		seen, err = d.look(ctx, h, conn)
		return nil, errors.Join(err, errSeen)
	})
	if seen == nil {
		return "", err
	}
	if err := d.pin(r.target(), seen); err != nil {
		return "", err
	}
	return ssh.FingerprintSHA256(seen), nil
}

// look makes as much of a handshake as proves that the host has the key that it shows.
func (d *Dialer) look(ctx context.Context, h hop, conn net.Conn) (ssh.PublicKey, error) {
	known, err := readHostKeys(append([]string{d.options.OwnKnownHosts}, h.knownHosts...))
	if err != nil {
		return nil, err
	}
	a, end := d.attempt(ctx, h, conn)
	defer end()
	var seen ssh.PublicKey
	_, _, _, err = ssh.NewClientConn(conn, h.hostKeyName(), &ssh.ClientConfig{
		User:              h.user,
		HostKeyAlgorithms: known.algorithms(h.hostKeyName()),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			seen = key
			return errSeen
		},
	})
	if seen == nil {
		return nil, a.failed(err)
	}
	return seen, nil
}

// pin adds a key. Whoever else pins at the same time waits.
func (d *Dialer) pin(h hop, key ssh.PublicKey) error {
	path := d.options.OwnKnownHosts
	fail := func(err error) error { return fmt.Errorf("pin the key of %s in %s: %w", h, path, err) }
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fail(err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fail(err)
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return fail(err)
	}
	known, err := readHostKeys(append([]string{path}, h.knownHosts...))
	if err != nil {
		return err
	}
	if err := known.accept(h, key); err == nil {
		return nil
	} else if len(known.known(h.hostKeyName())) > 0 {
		return err
	}
	line := knownhosts.Line([]string{h.hostKeyName()}, key) + "\n"
	if info, err := file.Stat(); err != nil {
		return fail(err)
	} else if info.Size() > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			line = "\n" + line
		}
	}
	if _, err := file.WriteString(line); err != nil {
		return fail(err)
	}
	if err := file.Sync(); err != nil {
		return fail(err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new file's name last.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
