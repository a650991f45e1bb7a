package fleettest

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const bridge = "gembafleet"

var (
	gateway = netip.AddrFrom4([4]byte{10, 78, 0, 1})
	subnet  = netip.PrefixFrom(gateway, 16)
)

// openNetwork makes the bridge of the hosts and their way out, once.
func openNetwork() error {
	if err := os.MkdirAll(seatsDir, 0o755); err != nil {
		return err
	}
	lock, err := lockFile(filepath.Join(seatsDir, "network.lock"))
	if err != nil {
		return err
	}
	defer lock.release()
	if err := makeBridge(); err != nil {
		return err
	}
	if err := raise("/proc/sys/net/ipv4/ip_forward", 1); err != nil {
		return err
	}
	// Every systemd takes several: the usual 128 end at about 15 hosts.
	if err := raise("/proc/sys/fs/inotify/max_user_instances", 8192); err != nil {
		return err
	}
	return openWayOut()
}

func makeBridge() error {
	if _, err := os.Stat("/sys/class/net/" + bridge); err == nil {
		return nil
	}
	// An address of its own: it would take that of a host, and change as hosts come and go.
	if err := ip("link", "add", bridge, "address", "02:67:65:6d:62:61", "type", "bridge", "stp_state", "0", "forward_delay", "0"); err != nil {
		return err
	}
	if err := ip("address", "add", subnet.String(), "dev", bridge); err != nil {
		return err
	}
	return ip("link", "set", bridge, "up")
}

func openWayOut() error {
	from := subnet.Masked().String()
	for _, rule := range [][]string{
		{"nat", "POSTROUTING", "-s", from, "!", "-o", bridge, "-j", "MASQUERADE"},
		{"filter", "FORWARD", "-i", bridge, "-j", "ACCEPT"},
		{"filter", "FORWARD", "-o", bridge, "-j", "ACCEPT"},
	} {
		table, rule := rule[0], rule[1:]
		if run("iptables", append([]string{"-w", "-t", table, "-C"}, rule...)...) == nil {
			continue
		}
		if err := run("iptables", append([]string{"-w", "-t", table, "-I"}, rule...)...); err != nil {
			return err
		}
	}
	return nil
}

// raise sets a setting of the kernel that is lower.
func raise(path string, to int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if now, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && now >= to {
		return nil
	}
	return os.WriteFile(path, []byte(strconv.Itoa(to)), 0o644)
}

func ip(args ...string) error { return run("ip", args...) }

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, tail(string(out)))
	}
	return nil
}
