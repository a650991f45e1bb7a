package ssh

import (
	"net"

	"golang.org/x/sys/unix"
)

// acknowledge has the kernel acknowledge at once what comes next. While it holds that back, up to 40 ms, an sshd that gathers small
// packets (Nagle's algorithm, until a session is interactive) does not send its answer. The kernel forgets it soon, so it is said again.
func (h *heard) acknowledge() {
	tcp, ok := h.Conn.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1) // without it, it is but slower
		})
	}
}
