package fleettest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// relay carries frames between a link and a tap of its own, each after a
// delay. Frames travel with the kernel's header for offloaded work, so that
// checksums and large segments stay the kernel's business.
type relay struct {
	link, tap *os.File
	ended     sync.WaitGroup
}

// A frame waits in a queue; when it is full, frames are lost, as in a network.
const queueLength = 4096

type frame struct {
	due  time.Time
	data []byte
}

func openRelay(link, tap string, delay time.Duration) (*relay, error) {
	a, err := openLink(link)
	if err != nil {
		return nil, err
	}
	b, err := openTap(tap)
	if err != nil {
		a.Close()
		return nil, err
	}
	r := &relay{link: a, tap: b}
	r.carry(a, b, delay)
	r.carry(b, a, delay)
	return r, nil
}

func (r *relay) close() {
	r.link.Close()
	r.tap.Close()
	r.ended.Wait()
}

// carry moves frames one way until the files are closed.
func (r *relay) carry(from, to *os.File, delay time.Duration) {
	queue := make(chan frame, queueLength)
	r.ended.Go(func() {
		defer close(queue)
		buffer := make([]byte, 1<<17)
		for {
			n, err := from.Read(buffer)
			if errors.Is(err, os.ErrClosed) {
				return
			}
			if err != nil { // the link is down: it may come up again
				time.Sleep(5 * time.Millisecond)
				continue
			}
			select {
			case queue <- frame{time.Now().Add(delay), append([]byte(nil), buffer[:n]...)}:
			default:
			}
		}
	})
	r.ended.Go(func() {
		for f := range queue {
			time.Sleep(time.Until(f.due))
			_, _ = to.Write(f.data) // a frame that cannot be sent is lost
		}
	})
}

// openLink returns all frames that come in at a link; what is written goes out.
func openLink(name string) (*os.File, error) {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("listen at %s: %w", name, err)
	}
	err = errors.Join(
		unix.SetsockoptInt(socket, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1),
		unix.SetsockoptInt(socket, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1),
		unix.SetsockoptPacketMreq(socket, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &unix.PacketMreq{Ifindex: int32(link.Index), Type: unix.PACKET_MR_PROMISC}),
		unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: all, Ifindex: link.Index}),
	)
	if err != nil {
		unix.Close(socket)
		return nil, fmt.Errorf("listen at %s: %w", name, err)
	}
	return os.NewFile(uintptr(socket), name), nil
}

// openTap makes a link whose other end is the file. It goes with the file.
func openTap(name string) (*os.File, error) {
	tap, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/net/tun: %w", err)
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
		err = unix.IoctlIfreq(tap, unix.TUNSETIFF, request)
	}
	if err == nil {
		err = unix.IoctlSetInt(tap, unix.TUNSETOFFLOAD, unix.TUN_F_CSUM|unix.TUN_F_TSO4|unix.TUN_F_TSO6)
	}
	if err != nil {
		unix.Close(tap)
		return nil, fmt.Errorf("make %s: %w", name, err)
	}
	return os.NewFile(uintptr(tap), name), nil
}
