package fleettest

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHostsAreWholeMachines(t *testing.T) {
	fleet := Boot(t, 2)
	first, second := fleet.Hosts[0], fleet.Hosts[1]
	if first.Address == second.Address || first.Name == second.Name || first.HostKey() == second.HostKey() {
		t.Errorf("two hosts are alike: %s %s, %s %s", first.Name, first.Address, second.Name, second.Address)
	}
	if one, other := must(t, first, "cat", "/etc/machine-id"), must(t, second, "cat", "/etc/machine-id"); one == other {
		t.Errorf("two hosts have the machine-id %s", one)
	}
	for _, host := range fleet.Hosts {
		if state, _ := host.Run(t.Context(), "systemctl", "is-system-running", "--wait"); state != "running\n" {
			t.Errorf("systemd of %s is %q: %s", host.Name, state, must(t, host, "systemctl", "--failed"))
		}
		if name := must(t, host, "hostname"); name != host.Name+"\n" {
			t.Errorf("%s calls itself %q", host.Name, name)
		}
	}
	must(t, first, "sh", "-c", "timeout 5 bash -c '</dev/tcp/"+second.Address+"/22'")
	must(t, first, "sh", "-c", "nft add table inet t && nft list tables && useradd ada && sudo -u ada true && sysctl -w net.ipv4.ip_forward=1")
	must(t, first, "sh", "-c", "command -v nft sudo cron ip && ! command -v python3")
}

func TestAHostIsReachedBySSH(t *testing.T) {
	fleet := Boot(t, 1)
	host := fleet.Hosts[0]
	session, err := dial(t, fleet, host).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.CombinedOutput("hostname; id -u")
	if err != nil || string(out) != host.Name+"\n0\n" {
		t.Errorf("by SSH: %q, %v", out, err)
	}
}

func TestCommandsAndFiles(t *testing.T) {
	host := Boot(t, 1).Hosts[0]
	for _, path := range []string{"/etc/app/config", "/run/app/state", "/tmp/app"} {
		host.Put(t, path, []byte("a\x00b\n"), 0o640)
		if got := must(t, host, "cat", path); got != "a\x00b\n" {
			t.Errorf("%s has %q", path, got)
		}
		if mode := must(t, host, "stat", "-c", "%a %U", path); mode != "640 root\n" {
			t.Errorf("%s is %q", path, mode)
		}
	}
	if text, err := os.ReadFile(filepath.Join(host.Root(), "etc/app/config")); err != nil || string(text) != "a\x00b\n" {
		t.Errorf("from this machine: %q, %v", text, err)
	}
	out, err := host.Run(t.Context(), "sh", "-c", "echo said; echo why >&2; exit 3")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || out != "said\n" || !strings.Contains(err.Error(), "why") {
		t.Errorf("a command that fails: %q, %v", out, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := host.Run(ctx, "sleep", "61.7"); err == nil {
		t.Error("a command outlives its context")
	}
	if out, err := host.Run(t.Context(), "pgrep", "-f", "sleep 61.7"); err == nil {
		t.Errorf("process %s outlives its context", out)
	}
}

// Services of one host must be nothing to another, though both are processes of one kernel.
func TestServicesOfHostsAreApart(t *testing.T) {
	fleet := Boot(t, 2)
	for _, host := range fleet.Hosts {
		must(t, host, "systemd-run", "--unit=same", "--property=KillMode=control-group", "sleep", "1000")
	}
	must(t, fleet.Hosts[0], "systemctl", "stop", "same")
	if state := must(t, fleet.Hosts[1], "systemctl", "is-active", "same"); state != "active\n" {
		t.Errorf("the service of the other host is %q", state)
	}
	for _, host := range fleet.Hosts {
		if processes := must(t, host, "systemd-cgls", "--no-pager"); strings.Contains(processes, "payload") {
			t.Errorf("%s sees control groups of this machine:\n%s", host.Name, processes)
		}
	}
}

func TestCutAndMend(t *testing.T) {
	host := Boot(t, 1).Hosts[0]
	open, err := net.Dial("tcp", host.Address+":22")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	host.Cut(t)
	if host.greets() {
		t.Error("a host that is cut off answers")
	}
	if name := must(t, host, "hostname"); name != host.Name+"\n" {
		t.Errorf("Run reaches %q", name)
	}
	host.Mend(t)
	eventually(t, "a mended host answers", host.greets)
}

func TestDelay(t *testing.T) {
	fleet := Boot(t, 2)
	host := fleet.Hosts[0]
	if took := roundTrip(t, host); took > 100*time.Millisecond {
		t.Errorf("a round trip takes %s without a delay", took)
	}
	host.Delay(t, 200*time.Millisecond)
	if took := roundTrip(t, host); took < 200*time.Millisecond || took > 350*time.Millisecond {
		t.Errorf("a round trip takes %s with a delay of 200 ms", took)
	}
	if took := roundTrip(t, fleet.Hosts[1]); took > 100*time.Millisecond {
		t.Errorf("a round trip to the other host takes %s", took)
	}
	// Large segments and their checksums come through.
	must(t, host, "sh", "-c", "head -c 3000000 /dev/zero >/root/big")
	session, err := dial(t, fleet, host).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := session.Output("cat /root/big"); err != nil || len(out) != 3000000 {
		t.Errorf("%d bytes came, %v", len(out), err)
	}
	host.Cut(t)
	host.Mend(t)
	if took := roundTrip(t, host); took < 200*time.Millisecond {
		t.Errorf("a round trip takes %s after the host was cut off", took)
	}
	host.Delay(t, 20*time.Millisecond)
	host.Delay(t, 0)
	if took := roundTrip(t, host); took > 100*time.Millisecond {
		t.Errorf("a round trip takes %s after the delay", took)
	}
}

func TestRebootKillAndStart(t *testing.T) {
	fleet := Boot(t, 1)
	host := fleet.Hosts[0]
	bootID := func() string { return must(t, host, "cat", "/proc/sys/kernel/random/boot_id") }
	host.Put(t, "/root/kept", []byte("kept"), 0o600)
	first := bootID()
	host.Reboot(t)
	second := bootID()
	if first == second {
		t.Error("the boot id is the same after a reboot")
	}
	host.Kill(t)
	if _, err := host.Run(t.Context(), "true"); err == nil {
		t.Error("a killed host runs commands")
	}
	if host.greets() {
		t.Error("a killed host answers")
	}
	host.Start(t)
	if third := bootID(); second == third {
		t.Error("the boot id is the same after a start")
	}
	if text := must(t, host, "cat", "/root/kept"); text != "kept" {
		t.Errorf("the disk has %q after all", text)
	}
	dial(t, fleet, host) // by the same key of the host
}

func TestPackagesCanBeInstalled(t *testing.T) {
	if mirror, err := net.DialTimeout("tcp", "deb.debian.org:80", 10*time.Second); err != nil {
		t.Skipf("NOT TESTED WITH PACKAGES: the mirror of Debian is not reached: %v", err)
	} else {
		mirror.Close()
	}
	host := Boot(t, 1).Hosts[0]
	must(t, host, "sh", "-c", "apt-get update -q && apt-get install -yq --no-install-recommends nginx-light")
	if state := must(t, host, "systemctl", "is-active", "nginx"); state != "active\n" {
		t.Errorf("nginx is %q", state)
	}
}
