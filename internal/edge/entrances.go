package edge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"gemba"
	"gemba/internal/deploy"
)

// network is how Caddy's configuration names our listeners: "gemba/ports:1".
// Caddy wants a port in an address; ours mean nothing.
const network = "gemba"

// The names of our listeners, one for each of Caddy's servers.
const (
	portsListener = "ports"
	httpListener  = "http"
	httpsListener = "https"
)

// entrances are all that the edge listens on.
type entrances struct {
	options     Options
	ports       *listeners // of routes by port
	http, https *listeners // of domains
	quic        net.PacketConn
	quicFD      uintptr // of quic, which owns it; Caddy duplicates it
}

func newEntrances(o Options) *entrances {
	return &entrances{options: o, ports: newListeners("127.0.0.1"), http: newListeners(""), https: newListeners("")}
}

// open opens what a route listens on; on an error, what was opened for it is closed again.
func (e *entrances) open(r deploy.Route) error {
	if r.Port != 0 {
		_, err := e.ports.listen(r.Port)
		return portError(r, r.Port, err)
	}
	opened, err := e.https.listen(e.options.HTTPSPort)
	if err != nil {
		return portError(r, e.options.HTTPSPort, err)
	}
	if _, err := e.http.listen(e.options.HTTPPort); err != nil {
		if opened {
			e.https.drop(e.options.HTTPSPort)
		}
		return portError(r, e.options.HTTPPort, err)
	}
	// HTTP/3 is an offer: without the UDP port, browsers use HTTP/2.
	if err := e.openQUIC(); err != nil {
		e.options.Log.Warn("no HTTP/3", "error", err)
	}
	return nil
}

func (e *entrances) openQUIC() error {
	if e.quic != nil {
		return nil
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{Port: e.options.HTTPSPort})
	if err != nil {
		return err
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { e.quicFD = fd })
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	e.quic = conn
	return nil
}

// keep closes what none of the routes listens on.
func (e *entrances) keep(routes []deploy.Route) {
	needed, domains := map[int]bool{}, false
	for _, r := range routes {
		needed[r.Port] = true
		domains = domains || r.Domain != ""
	}
	for _, port := range e.ports.listening() {
		if !needed[port] {
			e.ports.drop(port)
		}
	}
	if !domains {
		e.https.drop(e.options.HTTPSPort)
		e.http.drop(e.options.HTTPPort)
		e.closeQUIC()
	}
}

func (e *entrances) close() {
	for _, l := range []*listeners{e.ports, e.http, e.https} {
		l.close()
	}
	e.closeQUIC()
}

func (e *entrances) closeQUIC() {
	if e.quic != nil {
		_ = e.quic.Close()
		e.quic = nil
	}
}

// caddyListener is a caddy.ListenerFunc.
func (e *entrances) caddyListener(_ context.Context, _, host, _ string, _ uint, _ net.ListenConfig) (any, error) {
	switch host {
	case portsListener:
		return e.ports.view(), nil
	case httpListener:
		return e.http.view(), nil
	case httpsListener:
		return e.https.view(), nil
	}
	return nil, fmt.Errorf("the edge has no listener %q", host)
}

// portError says why a port cannot be had, and what to do about it.
func portError(r deploy.Route, port int, err error) error {
	what := fmt.Sprintf("the route %s cannot have port %d", r.Name, port)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return &gemba.Error{Code: gemba.Conflict, What: what, Why: "another program listens on it",
			Try: fmt.Sprintf("see which: ss -ltnp 'sport = :%d'", port), Err: err}
	case errors.Is(err, syscall.EACCES):
		return &gemba.Error{Code: gemba.Forbidden, What: what, Why: "only root may listen on ports below 1024",
			Try: "setcap cap_net_bind_service=+ep gemba-edge, or give it other ports", Err: err}
	}
	return &gemba.Error{Code: gemba.Unavailable, What: what, Err: err}
}
