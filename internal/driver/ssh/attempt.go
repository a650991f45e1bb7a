package ssh

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// signInTimeout is for each key that is offered. sshd waits two minutes for all.
const signInTimeout = time.Minute

// attempt is one signing in at one hop, and what is told about it when it fails.
type attempt struct {
	dialer   *Dialer
	hop      hop
	ctx      context.Context // the handshake's: x/crypto's callbacks have none
	patience *time.Timer     // closes the connection when it is over
	late     atomic.Bool     // it was over

	looked   bool
	keys     []candidate // those not tried yet
	tried    []candidate
	methods  []string // what the server takes
	problems []error  // keys that could not be used
	hostKey  error    // why the host's key was not accepted
}

// attempt begins an attempt on a connection, which is closed when ctx ends first; end lets go of both.
func (d *Dialer) attempt(ctx context.Context, h hop, conn net.Conn) (a *attempt, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	a = &attempt{dialer: d, hop: h, ctx: ctx}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	a.patience = time.AfterFunc(h.timeout, func() {
		a.late.Store(true)
		conn.Close()
	})
	return a, func() {
		a.patience.Stop()
		stop()
		cancel()
	}
}

// next offers one key after the other, and none before the server says that it takes keys.
func (a *attempt) next(server *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	a.methods = server.AllowedMethods
	a.patience.Reset(signInTimeout) // an agent may want a key to be touched
	if !slices.Contains(a.methods, "publickey") {
		return nil, nil
	}
	if !a.looked {
		keys, problems := a.candidates(a.ctx)
		a.looked, a.keys, a.problems = true, keys, append(a.problems, problems...)
	}
	if len(a.keys) == 0 {
		return nil, nil
	}
	key := a.keys[0]
	a.keys, a.tried = a.keys[1:], append(a.tried, key)
	return ssh.PublicKeys(key.signer), nil
}
