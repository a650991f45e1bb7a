package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"gemba"
)

// Listen opens a unix socket that only its owner may use: its mode is 0600
// from the first moment, and the kernel is asked who each peer is (SO_PEERCRED).
// A socket that a dead edge left is replaced; one that answers is not.
func Listen(path string) (net.Listener, error) {
	if err := clear(path); err != nil {
		return nil, err
	}
	// Bound under another name in a private directory, the socket is never
	// seen with a wider mode, whatever the umask is.
	private, err := os.MkdirTemp(filepath.Dir(path), ".edge-")
	if err != nil {
		return nil, fmt.Errorf("making room for the edge's socket: %w", err)
	}
	defer os.RemoveAll(private)
	temp := filepath.Join(private, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("opening the edge's socket: %w", err)
	}
	l.SetUnlinkOnClose(false)
	if err = os.Chmod(temp, 0o600); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("placing the edge's socket: %w", err), l.Close())
	}
	return &owned{UnixListener: l, path: path, uid: os.Geteuid()}, nil
}

func clear(path string) error {
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = conn.Close()
		return gemba.Fail(gemba.Conflict, "an edge listens on "+path+" already", "it answered", "gemba status")
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a dead edge's socket: %w", err)
	}
	return nil
}

// owned accepts only peers of one user, and root.
type owned struct {
	*net.UnixListener
	path string
	uid  int
}

// Accept implements net.Listener; it hangs up on everybody else.
func (l *owned) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if uid, err := peer(conn); err == nil && (uid == l.uid || uid == 0) {
			return conn, nil
		}
		_ = conn.Close()
	}
}

// Close implements net.Listener; it takes the socket away.
func (l *owned) Close() error {
	return errors.Join(os.Remove(l.path), l.UnixListener.Close())
}

// peer is the user at the other end.
func peer(conn *net.UnixConn) (uid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return 0, err
	}
	if credErr != nil {
		return 0, credErr
	}
	return int(cred.Uid), nil
}
