package edge

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"

	"gemba"
	"gemba/internal/deploy"
)

// sockets are the listening sockets, opened here and handed to Caddy by their
// descriptors. Caddy's own listeners share a port with any program that asks
// (SO_REUSEPORT), and each reload opens new ones, which resets connections
// that wait to be accepted. Ours are exclusive, and outlive reloads.
type sockets struct {
	open map[address]socket
}

type socket struct {
	io.Closer
	fd uintptr // Closer owns it; Caddy duplicates it
}

func newSockets() *sockets { return &sockets{open: map[address]socket{}} }

// openSockets opens what a route listens on. What is open stays so.
func (e *Edge) openSockets(r deploy.Route) error {
	var opened []address
	for _, a := range addresses(r, e.options) {
		if _, ok := e.sockets.open[a]; ok {
			continue
		}
		if err := e.sockets.listen(a); err != nil {
			e.sockets.drop(opened...)
			return portError(r, a, err)
		}
		opened = append(opened, a)
	}
	if r.Domain != "" {
		// HTTP/3 is an offer: without the UDP port, browsers use HTTP/2.
		if err := e.sockets.listen(udpAddress(e.options)); err != nil {
			e.options.Log.Warn("no HTTP/3", "error", err)
		}
	}
	return nil
}

// address is where a socket listens.
type address struct {
	network string // "tcp" or "udp"
	port    int
	local   bool // loopback only
}

func (a address) hostPort() string {
	host := ""
	if a.local {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(a.port))
}

func addresses(r deploy.Route, o Options) []address {
	if r.Port != 0 {
		return []address{portAddress(r.Port)}
	}
	return []address{httpsAddress(o), httpAddress(o)}
}

func portAddress(port int) address   { return address{"tcp", port, true} }
func httpAddress(o Options) address  { return address{"tcp", o.HTTPPort, false} }
func httpsAddress(o Options) address { return address{"tcp", o.HTTPSPort, false} }
func udpAddress(o Options) address   { return address{"udp", o.HTTPSPort, false} }

func (s *sockets) listen(a address) error {
	if _, ok := s.open[a]; ok {
		return nil
	}
	conn, err := a.bind()
	if err != nil {
		return err
	}
	fd, err := descriptor(conn)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	s.open[a] = socket{Closer: conn, fd: fd}
	return nil
}

// bound is a socket of package net whose descriptor can be had.
type bound interface {
	io.Closer
	syscall.Conn
}

func (a address) bind() (bound, error) {
	if a.network == "udp" {
		conn, err := net.ListenPacket("udp", a.hostPort())
		if err != nil {
			return nil, err
		}
		return conn.(*net.UDPConn), nil
	}
	listener, err := net.Listen("tcp", a.hostPort())
	if err != nil {
		return nil, err
	}
	return listener.(*net.TCPListener), nil
}

// fd is the descriptor of an open address.
func (s *sockets) fd(a address) (uintptr, bool) {
	open, ok := s.open[a]
	return open.fd, ok
}

// keep closes what none of the routes listens on.
func (s *sockets) keep(routes []deploy.Route, o Options) {
	needed := map[address]bool{}
	for _, r := range routes {
		for _, a := range addresses(r, o) {
			needed[a] = true
		}
		if r.Domain != "" {
			needed[udpAddress(o)] = true
		}
	}
	for a := range s.open {
		if !needed[a] {
			s.drop(a)
		}
	}
}

func (s *sockets) drop(addresses ...address) {
	for _, a := range addresses {
		_ = s.open[a].Close()
		delete(s.open, a)
	}
}

func (s *sockets) close() { s.keep(nil, Options{}) }

func descriptor(c syscall.Conn) (uintptr, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var fd uintptr
	err = raw.Control(func(n uintptr) { fd = n })
	return fd, err
}

// portError says why a port cannot be had, and what to do about it.
func portError(r deploy.Route, a address, err error) error {
	what := fmt.Sprintf("the route %s cannot have port %d", r.Name, a.port)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return &gemba.Error{Code: gemba.Conflict, What: what, Why: "another program listens on it",
			Try: fmt.Sprintf("see which: ss -ltnp 'sport = :%d'", a.port), Err: err}
	case errors.Is(err, syscall.EACCES):
		return &gemba.Error{Code: gemba.Forbidden, What: what, Why: "only root may listen on ports below 1024",
			Try: "setcap cap_net_bind_service=+ep gemba-edge, or give it other ports", Err: err}
	}
	return &gemba.Error{Code: gemba.Unavailable, What: what, Err: err}
}
