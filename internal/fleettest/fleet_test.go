package fleettest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
	"golang.org/x/sync/errgroup"
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
	host := Boot(t, 1).Hosts[0]
	must(t, host, "sh", "-c", "apt-get update -q && apt-get install -yq --no-install-recommends nginx-light")
	if state := must(t, host, "systemctl", "is-active", "nginx"); state != "active\n" {
		t.Errorf("nginx is %q", state)
	}
}

func TestNothingIsLeft(t *testing.T) {
	var hosts []*Host
	t.Run("hosts", func(t *testing.T) {
		hosts = Boot(t, 2).Hosts
		hosts[0].Delay(t, time.Millisecond)
		hosts[1].Cut(t)
	})
	for _, host := range hosts {
		host.leavesNothing(t)
	}
}

// Other processes boot hosts meanwhile, and none takes another's.
func TestProcessesBootAtOnce(t *testing.T) {
	if again() {
		var names []string
		for _, host := range Boot(t, 2).Hosts {
			names = append(names, host.Name, strings.TrimSpace(must(t, host, "hostname")))
		}
		note(t, strings.Join(names, " "))
		return
	}
	require(t)
	var group errgroup.Group
	said := make([]string, 3)
	for i := range said {
		group.Go(func() (err error) { said[i], err = child(t); return err })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, name := range strings.Fields(strings.Join(said, " ")) {
		count[name]++
	}
	for name, n := range count {
		if n != 2 { // by its seat, and by itself
			t.Errorf("%s is named %d times in %q", name, n, said)
		}
	}
}

// The hosts of a test process that was killed are swept by the next.
func TestHostsOfTheDeadAreSwept(t *testing.T) {
	if again() {
		note(t, Boot(t, 1).Hosts[0].Name)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	require(t)
	name, err := child(t)
	if name == "" {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(strings.TrimPrefix(name, "gf"))
	if err != nil {
		t.Fatal(err)
	}
	orphan := newHost(seat{number: number})
	if !orphan.greets() {
		t.Errorf("%s did not outlive its owner: nothing to sweep", name)
	}
	if err := sweep(); err != nil {
		t.Fatal(err)
	}
	orphan.leavesNothing(t)
}

const noteVariable = "FLEETTEST_NOTE"

// again says whether this process is the child of a test that starts itself.
func again() bool { return os.Getenv(noteVariable) != "" }

// note tells the parent something.
func note(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(os.Getenv(noteVariable), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// child runs this test in a process of its own, and returns what it noted.
func child(t *testing.T) (string, error) {
	path := filepath.Join(t.TempDir(), "note")
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), noteVariable+"="+path)
	out, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	text, _ := os.ReadFile(path)
	return string(text), err
}

func (h *Host) leavesNothing(t *testing.T) {
	t.Helper()
	mounts, _ := os.ReadFile("/proc/self/mounts")
	if strings.Contains(string(mounts), h.Root()+" ") {
		t.Errorf("%s is still mounted", h.Root())
	}
	pids, err := h.seat.pids()
	if len(pids) > 0 || err != nil {
		t.Errorf("processes %v of %s remain, %v", pids, h.Name, err)
	}
	groups, _ := h.seat.groups()
	for _, path := range append(groups, h.seat.dir(), "/sys/class/net/"+h.seat.link(), "/sys/class/net/vd-"+h.Name) {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s remains", path)
		}
	}
	lines, _ := filepath.Glob("/proc/*/cmdline")
	for _, line := range lines {
		if text, _ := os.ReadFile(line); strings.Contains(string(text), "--machine="+h.Name+"\x00") {
			t.Errorf("%s remains: %q", line, text)
		}
	}
}

func must(t *testing.T, h *Host, argv ...string) string {
	t.Helper()
	out, err := h.Run(t.Context(), argv...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// dial reaches a host as root by SSH, knowing its key.
func dial(t *testing.T, fleet *Fleet, h *Host) *ssh.Client {
	t.Helper()
	text, err := os.ReadFile(fleet.Key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	known := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(known, []byte(h.HostKey()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check, err := knownhosts.New(known)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", h.Address+":22", &ssh.ClientConfig{User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: check})
	if err != nil {
		t.Fatalf("SSH to %s: %v", h.Name, err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// roundTrip is how long a connection takes to open, the quickest of some: the
// first also asks for the address.
func roundTrip(t *testing.T, h *Host) time.Duration {
	t.Helper()
	quickest := time.Hour
	for range 3 {
		begin := time.Now()
		connection, err := net.DialTimeout("tcp", h.Address+":22", 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		quickest = min(quickest, time.Since(begin))
		connection.Close()
	}
	return quickest
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("it never came true that %s", what)
}
