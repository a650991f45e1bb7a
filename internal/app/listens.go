package app

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gemba/internal/deploy"
)

// Listens implements deploy.Runtime, from /proc: sockets in the state LISTEN that are open in the instance's program.
func (r *localRuntime) Listens(ctx context.Context, id deploy.ID) []string {
	instances, err := r.Instances(ctx, id.Environment, id.Service)
	if err != nil {
		return nil
	}
	var addresses []string
	for _, i := range instances {
		if i.ID == id && i.PID != 0 {
			open := openSockets(i.PID)
			for _, table := range []string{"tcp", "tcp6"} {
				addresses = append(addresses, listening(filepath.Join("/proc", strconv.Itoa(i.PID), "net", table), open)...)
			}
		}
	}
	return addresses
}

// openSockets are the inodes of a process's sockets.
func openSockets(pid int) map[string]bool {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	entries, _ := os.ReadDir(dir) // a process that is gone has none
	open := map[string]bool{}
	for _, e := range entries {
		link, _ := os.Readlink(filepath.Join(dir, e.Name()))
		if inode, ok := strings.CutPrefix(link, "socket:["); ok {
			open[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return open
}

// listening reads a table of sockets as proc(5) describes it: local address in the second field, state in the fourth, inode in the tenth.
func listening(table string, open map[string]bool) []string {
	const listen = "0A"
	text, _ := os.ReadFile(table)
	var addresses []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 10 || fields[3] != listen || !open[fields[9]] {
			continue
		}
		if address, err := hexAddress(fields[1]); err == nil {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// hexAddress reads "0100007F:1F90": words of four bytes, each in the machine's order.
func hexAddress(text string) (string, error) {
	host, port, _ := strings.Cut(text, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return "", fmt.Errorf("reading a port: %w", err)
	}
	var ip net.IP
	for ; len(host) >= 8; host = host[8:] {
		word, err := strconv.ParseUint(host[:8], 16, 32)
		if err != nil {
			return "", fmt.Errorf("reading an address: %w", err)
		}
		ip = append(ip, byte(word), byte(word>>8), byte(word>>16), byte(word>>24))
	}
	return net.JoinHostPort(ip.String(), strconv.FormatUint(n, 10)), nil
}
