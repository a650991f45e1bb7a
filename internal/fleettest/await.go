package fleettest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// patience is how long a host may take to boot on a busy machine.
const patience = 3 * time.Minute

// awaitSSH waits until sshd answers under another init than the one before.
func (h *Host) awaitSSH(before int) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-h.off:
			return fmt.Errorf("%s ended while it booted: %s", h.Name, h.lastWords())
		case <-time.After(30 * time.Millisecond):
		}
		if init, err := h.seat.init(); err == nil && init != before && serves(init) && h.greets() {
			return nil
		}
	}
	return fmt.Errorf("sshd of %s does not answer after %s: %s", h.Name, patience, h.lastWords())
}

// serves says whether a network with a way out and a listener at port 22 exist
// where the process is. Asking by the network too early would make this
// machine remember for a second that the address does not answer.
func serves(pid int) bool {
	routes, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/route", pid))
	sockets, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	return strings.Contains(string(routes), "host0\t00000000") && strings.Contains(string(sockets), ":0016 00000000:0000 0A")
}

// greets says whether sshd answers from the network.
func (h *Host) greets() bool {
	connection, err := net.DialTimeout("tcp", net.JoinHostPort(h.Address, "22"), time.Second)
	if err != nil {
		return false
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	line, err := bufio.NewReader(connection).ReadString('\n')
	return err == nil && strings.HasPrefix(line, "SSH-")
}
