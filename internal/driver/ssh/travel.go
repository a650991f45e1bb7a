package ssh

import (
	"context"
	"fmt"
	"net"

	"golang.org/x/crypto/ssh"
)

// way is an open way to a host: the connection to it, and those to the jump hosts that carry it.
type way struct {
	clients []*ssh.Client // the host's own last
	last    *heard        // the connection that the host's own client uses
	first   net.Conn      // the one connection over the network: nil before it is made
}

func (w *way) client() *ssh.Client { return w.clients[len(w.clients)-1] }

// close ends everything at once. The network's connection goes first: nothing is to wait for an answer from a dead host.
func (w *way) close() {
	if w.first != nil {
		w.first.Close()
	}
	for i := len(w.clients) - 1; i >= 0; i-- {
		w.clients[i].Close()
	}
}

// handshake is what is done on a connection to the last hop.
type handshake func(ctx context.Context, h hop, conn net.Conn) (*ssh.Client, error)

// travel goes from hop to hop and makes the last handshake at the host itself.
func (d *Dialer) travel(ctx context.Context, r route, last handshake) (*way, error) {
	w := &way{}
	for i, h := range r {
		make := d.signIn
		if i == len(r)-1 {
			make = last
		}
		if err := d.step(ctx, w, h, make); err != nil {
			w.close()
			if ctx.Err() != nil {
				return nil, fmt.Errorf("connecting to %s: %w", r.target(), ctx.Err())
			}
			return nil, about(r, i, err)
		}
	}
	return w, nil
}

// step connects to one hop, through those before it.
func (d *Dialer) step(ctx context.Context, w *way, h hop, shake handshake) error {
	leave, err := d.gate.enter(ctx, h.address())
	if err != nil {
		return err
	}
	defer leave()
	conn, err := d.connect(ctx, w, h)
	if err != nil {
		return unreachable(h, err)
	}
	if w.first == nil {
		w.first = conn
	}
	w.last = hear(conn, d.options.Now)
	client, err := shake(ctx, h, w.last)
	if err != nil {
		conn.Close()
		return err
	}
	w.clients = append(w.clients, client)
	return nil
}

func (d *Dialer) connect(ctx context.Context, w *way, h hop) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	if len(w.clients) == 0 {
		return (&net.Dialer{}).DialContext(ctx, "tcp", h.address())
	}
	return w.client().DialContext(ctx, "tcp", h.address())
}

// signIn makes the handshake, holds the host's key to what is known, and signs in.
func (d *Dialer) signIn(ctx context.Context, h hop, conn net.Conn) (*ssh.Client, error) {
	known, err := readHostKeys(append([]string{d.options.OwnKnownHosts}, h.knownHosts...))
	if err != nil {
		return nil, err
	}
	a, end := d.attempt(ctx, h, conn)
	defer end()
	c, channels, requests, err := ssh.NewClientConn(conn, h.hostKeyName(), &ssh.ClientConfig{
		User:              h.user,
		AuthCallback:      a.next,
		HostKeyAlgorithms: known.algorithms(h.hostKeyName()),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			a.hostKey = known.accept(h, key)
			return a.hostKey
		},
	})
	if err != nil {
		return nil, a.failed(err)
	}
	return ssh.NewClient(c, channels, requests), nil
}
