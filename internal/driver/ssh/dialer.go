// Package ssh reaches hosts by SSH: it signs in with keys, holds host keys to what was pinned, puts the worker there and
// runs it as root.
package ssh

import (
	"context"
	"log/slog"
	"time"

	"gemba"
	"gemba/internal/converge"
)

// Options are what a Dialer is given. Only Worker is needed to run a worker; what is left out has the default named here.
type Options struct {
	Worker func(arch string) (path string, err error) // the worker's executable for a GOARCH: amd64, arm64

	ConfigFiles   []string // the user's ssh configuration; the first value wins
	KnownHosts    []string // the user's known_hosts files; they are read, never written
	OwnKnownHosts string   // Gemba's own known_hosts, to which Pin writes
	Keys          []string // private keys beside the user's: the server's own key
	AgentSocket   string   // SSH_AUTH_SOCK; "": no agent
	Home          string   // the user's home, which "~" stands for and whose .ssh has the usual keys; "": neither
	User          string   // who signs in at a jump host when nothing says it; "": root

	// Ask asks a person for a passphrase or a password. nil: there is nobody to ask. It is called by one goroutine at a time.
	Ask func(context.Context, Prompt) (gemba.Secret, error)

	Prefix     string        // where workers lie on a host; "": /var/lib/gemba/worker
	Handshakes int           // at most so many handshakes with one sshd at a time; 0: 8, below the MaxStartups of sshd
	Timeout    time.Duration // for a connection and for a handshake, each, where no ConnectTimeout is configured; 0: 10 s
	Keepalive  time.Duration // between questions on a silent connection; it is dead after three; 0: 5 s
	Log        *slog.Logger
	Now        func() time.Time
}

// Dialer reaches hosts. Its methods may be called from several goroutines. It keeps keys that were opened with a passphrase, and
// compressed workers, for its life.
type Dialer struct {
	options Options
	gate    *gate
	keys    *keyring
	workers *workers
}

// New returns a Dialer. It reads nothing yet.
func New(options Options) *Dialer {
	if options.Prefix == "" {
		options.Prefix = "/var/lib/gemba/worker"
	}
	if options.Handshakes <= 0 {
		options.Handshakes = 8
	}
	if options.Timeout <= 0 {
		options.Timeout = 10 * time.Second
	}
	if options.Keepalive <= 0 {
		options.Keepalive = 5 * time.Second
	}
	if options.User == "" {
		options.User = "root"
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Dialer{options: options, gate: newGate(options.Handshakes), keys: newKeyring(options.Ask), workers: newWorkers(options.Worker)}
}

// Dial connects to a host and signs in. What goes wrong is a gemba.Error: Forbidden for a host key that is unknown or not the
// pinned one and for a sign-in that is refused, Unavailable for a host that does not answer, Invalid for a configuration that cannot be
// read; or it is the context's error.
func (d *Dialer) Dial(ctx context.Context, host gemba.Host) (converge.Link, error) {
	link, err := d.dial(ctx, host)
	if err != nil {
		return nil, err
	}
	return link, nil
}

func (d *Dialer) dial(ctx context.Context, host gemba.Host) (*Link, error) {
	route, err := d.route(host)
	if err != nil {
		return nil, err
	}
	began := d.options.Now()
	way, err := d.travel(ctx, route, d.signIn)
	if err != nil {
		return nil, err
	}
	d.options.Log.Debug("connected", "host", route.target().String(), "hops", len(route), "took", d.options.Now().Sub(began))
	return newLink(d, route.target(), way), nil
}
