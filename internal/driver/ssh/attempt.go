package ssh

import (
	"context"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"
)

// attempt is one signing in at one hop, and what is told about it when it fails.
type attempt struct {
	dialer   *Dialer
	hop      hop
	ctx      context.Context // the handshake's: x/crypto's callbacks have none
	patience *time.Timer

	looked   bool
	keys     []candidate // those not tried yet
	tried    []candidate
	methods  []string // what the server takes
	problems []error  // keys that could not be used
	hostKey  error    // why the host's key was not accepted
}

// next offers one key after the other, and none before the server says that it takes keys.
func (a *attempt) next(server *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	a.methods = server.AllowedMethods
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
