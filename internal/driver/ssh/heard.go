package ssh

import (
	"net"
	"sync/atomic"
	"time"
)

// heard is a connection that remembers when something last came over it.
type heard struct {
	net.Conn
	now  func() time.Time
	last atomic.Pointer[time.Time]
}

func hear(conn net.Conn, now func() time.Time) *heard {
	h := &heard{Conn: conn, now: now}
	began := now()
	h.last.Store(&began)
	return h
}

func (h *heard) Read(b []byte) (int, error) {
	h.acknowledge()
	n, err := h.Conn.Read(b)
	if n > 0 {
		now := h.now()
		h.last.Store(&now)
	}
	return n, err
}

// silence is how long nothing has come.
func (h *heard) silence() time.Duration { return h.now().Sub(*h.last.Load()) }
