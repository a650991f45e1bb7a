package edge

import (
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// listeners joins the connections of any number of ports into one stream for
// one of Caddy's servers, as a network of Caddy's ("gemba/…"). Ports come and
// go without a change of Caddy's configuration. Caddy's own listeners share a
// port with any program that asks (SO_REUSEPORT), and a reload opens new ones,
// which resets connections that wait to be accepted; these are exclusive, and
// outlive reloads.
type listeners struct {
	host  string // to listen on; "" is every address
	conns chan net.Conn
	done  chan struct{} // closed with the listeners

	mu   sync.Mutex
	open map[int]net.Listener // by port
}

func newListeners(host string) *listeners {
	return &listeners{host: host, conns: make(chan net.Conn), done: make(chan struct{}), open: map[int]net.Listener{}}
}

// listen opens a port, where it is not open yet; opened says whether it did.
func (l *listeners) listen(port int) (opened bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.open[port]; ok {
		return false, nil
	}
	socket, err := net.Listen("tcp", net.JoinHostPort(l.host, strconv.Itoa(port)))
	if err != nil {
		return false, err
	}
	l.open[port] = socket
	go l.accept(socket)
	return true, nil
}

// accept hands on connections until the socket is closed.
func (l *listeners) accept(socket net.Listener) {
	for {
		conn, err := socket.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors: some will be closed
			continue
		}
		select {
		case l.conns <- conn:
		case <-l.done:
			_ = conn.Close()
		}
	}
}

// listening returns the open ports.
func (l *listeners) listening() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.open))
}

// drop closes a port. Connections that were accepted stay.
func (l *listeners) drop(port int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if socket, ok := l.open[port]; ok {
		_ = socket.Close()
		delete(l.open, port)
	}
}

// close closes every port, for good.
func (l *listeners) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for port, socket := range l.open {
		_ = socket.Close()
		delete(l.open, port)
	}
	close(l.done)
}

// view is what one of Caddy's servers listens on. Over a reload the views of
// the old server and the new one overlap; either may take a connection.
func (l *listeners) view() net.Listener { return &view{listeners: l, closed: make(chan struct{})} }

type view struct {
	listeners *listeners
	once      sync.Once
	closed    chan struct{}
}

// Accept implements net.Listener.
func (v *view) Accept() (net.Conn, error) {
	select {
	case conn := <-v.listeners.conns:
		return conn, nil
	case <-v.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; the ports stay open.
func (v *view) Close() error {
	v.once.Do(func() { close(v.closed) })
	return nil
}

// Addr implements net.Listener. There is no one address.
func (v *view) Addr() net.Addr { return &net.TCPAddr{} }
