package fleettest

import (
	"os"
	"os/exec"
	"syscall"
)

// missing says why hosts cannot be booted on this machine, or nothing.
func missing() string {
	if os.Geteuid() != 0 {
		return "containers need root"
	}
	for _, tool := range []struct{ name, debian string }{
		{"systemd-nspawn", "systemd-container"}, {"debootstrap", "debootstrap"}, {"ip", "iproute2"}, {"iptables", "iptables"}, {"nsenter", "util-linux"},
	} {
		if _, err := exec.LookPath(tool.name); err != nil {
			return "there is no " + tool.name + ": scripts/setup.sh, or apt-get install " + tool.debian
		}
	}
	if mounts, err := cgroupMounts(); err != nil {
		return err.Error()
	} else if len(mounts) == 0 {
		return "no control groups are mounted, which systemd needs"
	}
	// Root within a container often may not make others.
	probe := exec.Command("true")
	probe.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID}
	if err := probe.Run(); err != nil {
		return "containers are not allowed here: " + err.Error()
	}
	return ""
}
