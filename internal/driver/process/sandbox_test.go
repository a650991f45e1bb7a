package process_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gemba"
	"gemba/internal/driver/process"
	"gemba/internal/wire"
)

func TestThisMachineIsAskedByTrying(t *testing.T) {
	isolated, weakness := process.Capability(worker)
	if !isolated || weakness != "" {
		t.Fatalf("isolated %v: %s", isolated, weakness)
	}
	if isolated, weakness := process.Capability("/no/such/worker"); isolated || weakness == "" {
		t.Fatalf("isolated without a worker: %q", weakness)
	}
}

// secrets are things that a build must not reach, and how a script tries.
func secrets(t *testing.T) (attempts map[string]string, state string) {
	t.Helper()
	base, err := os.MkdirTemp("", "gs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	// All as open as can be: only the sandbox keeps them away.
	for _, dir := range []string{"home/.ssh", "state"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"home/.ssh/id_ed25519", "state/ledger"} {
		if err := os.WriteFile(filepath.Join(base, file), []byte("private"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	socket := filepath.Join(base, "control")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	if err := os.Chmod(socket, 0o777); err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tcp.Close() })
	other := exec.Command("sleep", "1000")
	other.Env = []string{"TOKEN=of-another"}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
	connect := `perl -MSocket -e 'socket(S, %s, SOCK_STREAM, 0) && connect(S, %s) or exit 1'`
	return map[string]string{
		"keys":         "cat " + base + "/home/.ssh/id_ed25519",
		"real home":    "test -n \"$(ls -A /root /home/*/.ssh 2>/dev/null)\"",
		"state":        "cat " + base + "/state/ledger",
		"socket":       fmt.Sprintf(connect, "PF_UNIX", "sockaddr_un(\""+socket+"\")"),
		"loopback":     fmt.Sprintf(connect, "PF_INET", fmt.Sprintf("sockaddr_in(%d, inet_aton(\"127.0.0.1\"))", tcp.Addr().(*net.TCPAddr).Port)),
		"environments": "cat /proc/[0-9]*/environ 2>/dev/null | grep -aq of-another",
		"process":      fmt.Sprintf("test \"$(tr '\\0' ' ' </proc/%d/cmdline)\" = 'sleep 1000 '", other.Process.Pid),
		"kill":         fmt.Sprintf("kill -0 %d", other.Process.Pid),
		"shadow":       "cat /etc/shadow",
		"disk":         "test -n \"$(ls /dev/vd* /dev/sd* /dev/nvme* /dev/kmsg /dev/mem 2>/dev/null)\"",
		"write to usr": "touch /usr/bin/x-of-a-test && rm /usr/bin/x-of-a-test",
		"mount":        "unshare --mount mount -t tmpfs none /tmp",
		"capabilities": "grep -E '^Cap(Prm|Eff|Bnd|Amb)' /proc/self/status | grep -qv 0000000000000000",
		"supervisor":   "test -n \"$GEMBA_SUPERVISOR\" && ls /tmp/gw* >/dev/null 2>&1",
		"host name":    "test \"$(cat /proc/sys/kernel/hostname)\" = \"" + hostname(t) + "\"",
	}, base
}

func hostname(t *testing.T) string {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// attempt runs every attempt and returns which succeeded.
func attempt(t *testing.T, r room, spec wire.Spec, attempts map[string]string) map[string]bool {
	t.Helper()
	var b strings.Builder
	for name, command := range attempts {
		fmt.Fprintf(&b, "if ( %s ) >/dev/null 2>&1; then echo '%s'; fi\n", command, name)
	}
	b.WriteString("echo end\n")
	spec.Script = b.String()
	exit, lines := r.do(t, spec)
	reached := make(map[string]bool)
	for _, line := range lines {
		if line.Stream == "out" {
			reached[line.Text] = true
		}
	}
	if !exit.OK() || !reached["end"] {
		t.Fatalf("%+v %v", exit, lines)
	}
	want(t, "isolated", exit.Isolated, spec.Sandbox != nil && !spec.Sandbox.Weak)
	delete(reached, "end")
	return reached
}

func TestBuildReachesNothingThatWasNotNamed(t *testing.T) {
	attempts, _ := secrets(t)
	r := newRoom(t)
	for _, sandbox := range []wire.Sandbox{{UID: 61000, GID: 61000}, {}} {
		spec := script(fmt.Sprint("inside-", sandbox.UID), "")
		spec.Sandbox = &sandbox
		for name := range attempt(t, r, spec, attempts) {
			t.Errorf("as user %d, %q was reached", sandbox.UID, name)
		}
	}
	// The same attempts succeed outside, so they are worth something.
	outside := attempt(t, r, script("outside", ""), attempts)
	for name := range attempts {
		if !outside[name] {
			t.Errorf("%q cannot be reached outside either", name)
		}
	}
}

func TestBuildAsOrdinaryUserReachesNothingThatWasNotNamed(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to become another user")
	}
	attempts, _ := secrets(t)
	for _, name := range []string{"shadow", "write to usr", "capabilities", "mount", "disk", "environments", "kill", "real home", "supervisor"} {
		delete(attempts, name) // not his outside either, except for the last three, which are tested as root
	}
	base, err := os.MkdirTemp("", "gu")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	if err := os.Chown(base, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	self := filepath.Join(base, "starter")
	content, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(self, content, 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(spec wire.Spec) (wire.Exit, []gemba.LogLine) {
		t.Helper()
		text, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		command := exec.Command(self, worker, filepath.Join(base, "tasks"), filepath.Join(base, "run"), string(text))
		command.Env = []string{asStarter + "=wait"}
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		var failures strings.Builder
		command.Stderr = &failures
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, failures.String())
		}
		var exit wire.Exit
		if err := json.Unmarshal(out, &exit); err != nil {
			t.Fatal(err)
		}
		p, err := process.New(filepath.Join(base, "tasks"), filepath.Join(base, "run"), worker).Find(spec.ID)
		if err != nil {
			t.Fatal(err)
		}
		return exit, read(t, p)
	}
	var b strings.Builder
	for name, command := range attempts {
		fmt.Fprintf(&b, "if ( %s ) >/dev/null 2>&1; then echo '%s'; fi\n", command, name)
	}
	exit, lines := run(script("outside", b.String()))
	want(t, "ok", exit.OK(), true)
	want(t, "reached outside", strings.Count(texts(lines, "out"), "\n"), len(attempts))
	spec := script("inside", b.String()+"id -u; ! grep Cap /proc/self/status | grep -v 0000000000000000; ! cat /proc/1/environ; touch /home/gemba/x && echo end")
	spec.Sandbox = &wire.Sandbox{}
	exit, lines = run(spec)
	want(t, "isolated", exit.Isolated, true)
	want(t, "weakness", exit.Weakness, "")
	want(t, "reached inside", texts(lines, "out"), "65534\nend\n")
}

func TestSandboxHasWhatProgramsNeed(t *testing.T) {
	base, err := os.MkdirTemp("", "gb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	for _, dir := range []string{"work/sub/state", "cache", "tools"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for file, text := range map[string]string{"work/sub/file": "source", "work/sub/state/secret": "hidden", "tools/tool": "#!/bin/sh\necho a tool\n", "one": "single"} {
		if err := os.WriteFile(filepath.Join(base, file), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc", filepath.Join(base, "work/cache")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(base, "tools"), 0o755); err != nil {
		t.Fatal(err)
	}
	spec := script("a", `
id -un
pwd
cat sub/file
echo changed > sub/file; echo new > made
echo cached > /cache/x
/opt-tools/tool
cat /one/file; echo
! echo x > /opt-tools/new
! ls sub/state/secret
ls -A sub/state
echo "$HOME"; touch "$HOME/x" /tmp/x /run/x /dev/shm/x
echo to-null > /dev/null; head -c 3 /dev/zero | od -An -tx1; head -c 4 /dev/urandom | wc -c
echo through > /dev/stdout
test -r /etc/resolv.conf -a -r /etc/ssl/certs/ca-certificates.crt
umask
perl -MSocket -e 'socket(L,PF_INET,SOCK_STREAM,0); bind(L,sockaddr_in(4000,INADDR_LOOPBACK)) and listen(L,1); socket(C,PF_INET,SOCK_STREAM,0); connect(C,sockaddr_in(4000,INADDR_LOOPBACK)) and print "loopback\n"'
readlink /proc/self/exe >/dev/null; grep NoNewPrivs /proc/self/status | tr -d '\t'
`)
	spec.WorkDir = "/work"
	spec.Env = append(spec.Env, "HOME=/root")
	spec.Sandbox = &wire.Sandbox{
		UID: 61000, GID: 61000,
		Write: []wire.Mount{{Source: base + "/work", Target: "/work"}, {Source: base + "/cache", Target: "/work/cache/inside"}, {Source: base + "/cache", Target: "/cache"}},
		Read:  []wire.Mount{{Source: base + "/tools", Target: "/opt-tools"}, {Source: base + "/one", Target: "/one/file"}},
		Hide:  []string{base + "/work/sub/state"},
	}
	exit, lines := newRoom(t).do(t, spec)
	if !exit.OK() {
		t.Fatalf("%+v %v", exit, lines)
	}
	want(t, "out", texts(lines, "out"),
		"gemba\n/work\nsourcea tool\nsingle\n/home/gemba\n 00 00 00\n4\nthrough\n0022\nloopback\nNoNewPrivs:1\n")
	for file, text := range map[string]string{"work/sub/file": "changed\n", "work/made": "new\n", "cache/x": "cached\n"} {
		content, err := os.ReadFile(filepath.Join(base, file))
		if err != nil {
			t.Fatal(err)
		}
		want(t, file, string(content), text)
	}
	if _, err := os.Stat("/etc/inside"); err == nil {
		t.Fatal("a link in the source led to the machine's /etc")
	}
}

func TestMountThatDoesNotExistIsNoReasonToRunWithoutSandbox(t *testing.T) {
	spec := script("a", "echo ran")
	spec.Sandbox = &wire.Sandbox{UID: 61000, GID: 61000, Read: []wire.Mount{{Source: "/no/such/tools", Target: "/tools"}}}
	exit, lines := newRoom(t).do(t, spec)
	want(t, "reason", exit.Reason, "not-started")
	want(t, "out", texts(lines, "out"), "")
	if !strings.Contains(exit.Error, "/no/such/tools") {
		t.Fatalf("the error is %q", exit.Error)
	}
}

func TestMachineWithoutNamespacesRunsTheBuildAndSaysSo(t *testing.T) {
	base, err := os.MkdirTemp("", "gb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	spec := script("a", "pwd; echo $CACHE")
	spec.WorkDir = "/work"
	spec.Env = append(spec.Env, "CACHE=/work/cache:/elsewhere")
	spec.Sandbox = &wire.Sandbox{UID: 61000, GID: 61000, Weak: true, Write: []wire.Mount{{Source: base, Target: "/work"}}}
	exit, lines := newRoom(t).do(t, spec)
	want(t, "ok", exit.OK(), true)
	want(t, "isolated", exit.Isolated, false)
	want(t, "weakness", exit.Weakness, "isolation is switched off")
	want(t, "out", texts(lines, "out"), base+"\n"+base+"/cache:/elsewhere\n")
}

// A user namespace limit of zero is what a machine without namespaces answers with.
func TestNamespacesThatAreRefusedAreAWeakness(t *testing.T) {
	outer := exec.Command("unshare", "--user", "--map-root-user", "sh", "-c", "echo 0 > /proc/sys/user/max_mnt_namespaces && exec \"$0\" isolation", worker)
	out, err := outer.CombinedOutput()
	if err != nil {
		t.Skipf("no user namespaces here: %v: %s", err, out)
	}
	var answer wire.Isolation
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want(t, "isolated", answer.Isolated, false)
	if !strings.Contains(answer.Weakness, "namespaces") {
		t.Fatalf("the weakness is %q", answer.Weakness)
	}
}

func TestProgramsBesideRunBeforeAndDieAfter(t *testing.T) {
	for _, world := range worlds() {
		t.Run(world.name, func(t *testing.T) {
			tag := unique(t)
			port := freePort(t)
			server := fmt.Sprintf(`use Socket; select(undef,undef,undef,0.2); print "up %s\n"; $|=1; socket(L,PF_INET,SOCK_STREAM,0); setsockopt(L,SOL_SOCKET,SO_REUSEADDR,1); bind(L,sockaddr_in(%d,INADDR_LOOPBACK)); listen(L,5); while(accept(C,L)){print C "hello\n"; close C}`, tag, port)
			spec := script("a", fmt.Sprintf(`perl -MSocket -e 'socket(C,PF_INET,SOCK_STREAM,0); connect(C,sockaddr_in(%d,INADDR_LOOPBACK)) or die; print scalar <C>'`, port))
			spec.Sandbox = world.sandbox
			spec.Beside = []wire.Beside{{Name: "db", Argv: []string{"perl", "-e", "$|=1;" + server}, Env: []string{"PATH=/usr/bin"}, Port: port}}
			exit, lines := newRoom(t).do(t, spec)
			if !exit.OK() {
				t.Fatalf("%+v %v", exit, lines)
			}
			var main, beside string
			for _, line := range lines {
				switch line.Source {
				case "":
					main += line.Text
				case "db":
					beside += line.Text
				}
			}
			want(t, "main", strings.TrimPrefix(main, "not isolated: isolation is switched off"), "hello")
			want(t, "beside", beside, "up "+tag)
			want(t, "left", len(running(t, tag)), 0)
		})
	}
}

func TestProgramBesideThatEndsTooSoonKeepsTheMainOneFromStarting(t *testing.T) {
	spec := script("a", "echo ran")
	spec.Sandbox = &wire.Sandbox{UID: 61000, GID: 61000}
	spec.Beside = []wire.Beside{{Name: "db", Argv: []string{"sh", "-c", "echo broken >&2; exit 3"}, Env: []string{"PATH=/bin"}, Port: 5}}
	exit, lines := newRoom(t).do(t, spec)
	want(t, "reason", exit.Reason, "not-started")
	want(t, "error", exit.Error, "db, beside: exited with code 3 before it listened on port 5")
	want(t, "out", texts(lines, "out"), "")
	want(t, "err", texts(lines, "err"), "broken\n")
}

func freePort(t *testing.T) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
