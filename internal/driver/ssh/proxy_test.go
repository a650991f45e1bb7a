package ssh

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy is a network between the test and an sshd: it takes its time, and it can go silent.
type proxy struct {
	port   int
	delay  time.Duration // one way
	silent atomic.Bool
	conns  sync.WaitGroup
}

func newProxy(t *testing.T, s *server, delay time.Duration) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", hostName+":0")
	must(t, err)
	p := &proxy{port: listener.Addr().(*net.TCPAddr).Port, delay: delay}
	t.Cleanup(func() { _ = listener.Close(); p.conns.Wait() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", s.address())
			if err != nil {
				_ = conn.Close()
				continue
			}
			p.conns.Go(func() { p.carry(up, conn) })
			p.conns.Go(func() { p.carry(conn, up) })
		}
	}()
	return p
}

// carry delays each piece without holding back those behind it.
func (p *proxy) carry(to, from net.Conn) {
	type piece struct {
		b   []byte
		due time.Time
	}
	pieces := make(chan piece, 10000)
	p.conns.Go(func() {
		defer to.Close()
		for piece := range pieces {
			time.Sleep(time.Until(piece.due))
			if p.silent.Load() {
				continue
			}
			if _, err := to.Write(piece.b); err != nil {
				break
			}
		}
		_, _ = io.Copy(io.Discard, from)
	})
	defer close(pieces)
	for {
		b := make([]byte, 64<<10)
		n, err := from.Read(b)
		if n > 0 {
			select {
			case pieces <- piece{b[:n], time.Now().Add(p.delay)}:
			case <-time.After(5 * time.Second):
				return
			}
		}
		if err != nil {
			return
		}
	}
}
