package worker

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// settleNetwork gives the sandbox its name, and loopback where it has a
// network of its own.
func settleNetwork(shared bool) error {
	if err := unix.Sethostname([]byte("localhost")); err != nil { // every /etc/hosts knows it
		return fmt.Errorf("set the host's name: %w", err)
	}
	if shared {
		return nil
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("bring up loopback: %w", err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("bring up loopback: %w", err)
	}
	return nil
}
