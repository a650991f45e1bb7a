package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gemba"
)

// built are the executables under test, and the toy that is shipped.
var built struct{ bin, toy string }

func TestMain(m *testing.M) {
	code, err := prepared(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

func prepared(m *testing.M) (int, error) {
	bin, err := filepath.Abs("../bin")
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(filepath.Join(bin, "gemba-server")); err != nil {
		return 0, errors.New("the executables are missing: make build")
	}
	dir, err := os.MkdirTemp("", "toy")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	built.bin, built.toy = bin, filepath.Join(dir, "toy")
	command := exec.Command("go", "build", "-ldflags=-s -w", "-o", built.toy, "./toy")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the toy: %w: %s", err, out)
	}
	return m.Run(), nil
}

// long leaves a test to `make test-long`: what boots hosts and waits for links that are cut would take more than a coffee every time.
func long(t *testing.T) {
	t.Helper()
	t.Parallel()
	if os.Getenv("GEMBA_LONG") == "" {
		t.Skip("LEFT TO make test-long")
	}
}

// worlds counts them.
var worlds atomic.Int64

// world is a person at a machine of their own: a home, a repository, and gemba.
type world struct {
	testing.TB
	dir, home string
	patience  time.Duration // with one command; 0 is three minutes
	env       []string
}

// declaration is the toy's: no build, quick tests, two environments.
const declaration = `
service "toy" {
  data {
    shared = true
  }
  build {
    output = ["toy", "mode"]
  }
  process "web" {
    command      = "./toy"
    stop_timeout = "2s"
    health {
      http   = "/healthz"
      within = "3s"
    }
  }
}
`

// newWorld makes a repository with the toy in it, committed.
func newWorld(t testing.TB, files map[string]string) *world {
	t.Helper()
	base, err := os.MkdirTemp("", "gw") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, dir: filepath.Join(base, "repo"), home: filepath.Join(base, "home")}
	for _, dir := range []string{w.dir, w.home, filepath.Join(base, "run")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.home, "XDG_RUNTIME_DIR=" + filepath.Join(base, "run"), "XDG_STATE_HOME=" + filepath.Join(w.home, "state"),
		"GIT_AUTHOR_NAME=Ana", "GIT_AUTHOR_EMAIL=ana@example.com", "GIT_COMMITTER_NAME=Ana", "GIT_COMMITTER_EMAIL=ana@example.com", "GIT_CONFIG_NOSYSTEM=1",
		"GEMBA_CACHE=" + cacheDir(t), "GEMBA_PORTS_FROM=" + strconv.Itoa(12000+20*int(worlds.Add(1)%800)), // two at the same time choose no same one
	}
	for _, name := range []string{"GOPROXY", "HTTPS_PROXY", "SSL_CERT_FILE", "GOTOOLCHAIN", "GOFLAGS"} {
		if value := os.Getenv(name); value != "" {
			w.env = append(w.env, name+"="+value)
		}
	}
	t.Cleanup(func() { w.leave(base) })
	w.git("init", "-q", "-b", "main")
	w.link(built.toy, "toy")
	w.write("gemba.hcl", declaration)
	w.write("mode", "greeting=hello\n")
	for name, text := range files {
		w.write(name, text)
	}
	w.commit("The toy")
	return w
}

// of is the same world, for a test within a test.
func (w *world) of(t testing.TB) *world {
	inner := *w
	inner.TB = t
	return &inner
}

// beside is another repository of the same person.
func (w *world) beside(name string, files map[string]string) *world {
	w.Helper()
	other := *w
	other.dir = filepath.Join(filepath.Dir(w.dir), name)
	if err := os.Mkdir(other.dir, 0o700); err != nil {
		w.Fatal(err)
	}
	other.git("init", "-q", "-b", "main")
	for name, text := range files {
		other.write(name, text)
	}
	other.commit(name)
	return &other
}

// cacheDir keeps what toolchains compiled from one run of the tests to the next.
func cacheDir(t testing.TB) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "gemba-e2e")
}

// leave takes everything down and fails the test when something of it still runs.
func (w *world) leave(base string) {
	if w.Failed() {
		log, _ := os.ReadFile(filepath.Join(w.dir, ".gemba", "server.log"))
		w.Logf("server.log:\n%s", tail(string(log), 4000))
	}
	if _, err := os.Stat(filepath.Join(w.dir, ".gemba")); err == nil {
		w.gemba("down")
	}
	for until := time.Now().Add(2 * time.Second); time.Now().Before(until) && len(w.processes("")) > 0; {
		time.Sleep(10 * time.Millisecond) // what waited for work ends when it sees that the server has
	}
	for _, pid := range w.processes("") {
		w.Errorf("process %d still runs after down: %s", pid, cmdline(pid))
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err := os.RemoveAll(base); err != nil {
		w.Log(err)
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func (w *world) write(name, text string) {
	w.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

func (w *world) link(from, name string) {
	w.Helper()
	copyFile(w, from, filepath.Join(w.dir, name))
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o755); err != nil {
		t.Fatal(err)
	}
}

func (w *world) mkdir(dir string) {
	w.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.Fatal(err)
	}
}

func (w *world) put(path, text string) {
	w.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

func chmod(t testing.TB, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func (w *world) git(args ...string) string {
	w.Helper()
	command := exec.Command("git", args...)
	command.Dir, command.Env = w.dir, w.env
	out, err := command.CombinedOutput()
	if err != nil {
		w.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) commit(subject string) string {
	w.Helper()
	w.git("add", "-A")
	w.git("commit", "-qm", subject)
	return w.git("rev-parse", "HEAD")
}

// said is what a command left behind.
type said struct {
	out, err string
	code     int
}

func (s said) String() string { return fmt.Sprintf("exit %d\n%s\n%s", s.code, s.out, s.err) }

// tape keeps what a command prints; it may be read while the command runs.
type tape struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *tape) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *tape) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// start begins a gemba command.
func (w *world) start(args ...string) (*exec.Cmd, *tape, *tape) {
	w.Helper()
	command := exec.Command(filepath.Join(built.bin, "gemba"), args...)
	var out, talk tape
	command.Dir, command.Env, command.Stdout, command.Stderr = w.dir, w.env, &out, &talk
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		w.Fatal(err)
	}
	return command, &out, &talk
}

// gemba runs a command to its end.
func (w *world) gemba(args ...string) said {
	w.Helper()
	command, out, talk := w.start(args...)
	patience := w.patience
	if patience == 0 {
		patience = 3 * time.Minute
	}
	kill := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	defer kill.Stop()
	err := command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.Fatalf("gemba %s: %v", strings.Join(args, " "), err)
	}
	return said{out.String(), talk.String(), command.ProcessState.ExitCode()}
}

// must runs a command that has to end with a code.
func (w *world) must(code int, args ...string) said {
	w.Helper()
	s := w.gemba(args...)
	if s.code != code {
		w.Fatalf("gemba %s ended with %d, not %d:\n%s", strings.Join(args, " "), s.code, code, s)
	}
	return s
}

// says holds that a text contains others.
func (w *world) says(s said, parts ...string) {
	w.Helper()
	for _, part := range parts {
		if !strings.Contains(s.out+s.err, part) {
			w.Fatalf("%q is not in:\n%s", part, s)
		}
	}
}

func (w *world) status() gemba.Status {
	w.Helper()
	var status gemba.Status
	w.decode(w.must(0, "status", "--json").out, &status)
	return status
}

func (w *world) runs() []gemba.Run {
	w.Helper()
	var runs []gemba.Run
	w.decode(w.must(0, "runs", "--json").out, &runs)
	return runs
}

func (w *world) events() []gemba.Event {
	w.Helper()
	var events []gemba.Event
	w.decode(w.must(0, "ledger", "--json", "-n", "1000").out, &events)
	return events
}

func (w *world) decode(text string, into any) {
	w.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		w.Fatalf("%v in %s", err, text)
	}
}

// deployed is what status says of a service in an environment.
func (w *world) deployed(environment string) gemba.Deployment {
	w.Helper()
	for _, e := range w.status().Environments {
		if e.Name == environment && len(e.Deployments) > 0 {
			return e.Deployments[0]
		}
	}
	w.Fatalf("nothing is deployed in %s", environment)
	return gemba.Deployment{}
}

// get fetches a page of an environment.
func (w *world) get(environment, path string) string {
	w.Helper()
	status, body, err := fetch(w.deployed(environment).Address + strings.TrimPrefix(path, "/"))
	if err != nil || status != 200 {
		w.Fatalf("GET %s of %s: %d, %v: %s", path, environment, status, err, body)
	}
	return strings.TrimSpace(body)
}

func fetch(address string) (int, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// eventually waits for something to become true.
func (w *world) eventually(what string, is func() bool) {
	w.Helper()
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	w.Fatalf("it never came true that %s", what)
}

// processes are those of this world whose command line contains a text: everything that runs with its directory in
// its environment or arguments.
func (w *world) processes(containing string) []int {
	var found []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line := cmdline(pid)
		environ, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if line != "" && strings.Contains(line, containing) && strings.Contains(line+string(environ)+files(pid), filepath.Dir(w.dir)) {
			found = append(found, pid)
		}
	}
	return found
}

// files are the paths that a process has open: a supervisor is known by its log alone.
func files(pid int) string {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	entries, _ := os.ReadDir(dir)
	var all strings.Builder
	for _, e := range entries {
		link, _ := os.Readlink(filepath.Join(dir, e.Name()))
		all.WriteString(link + "\n")
	}
	return all.String()
}

func cmdline(pid int) string {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return strings.ReplaceAll(string(text), "\x00", " ")
}

// kill ends processes of this world at once.
func (w *world) kill(containing string) int {
	w.Helper()
	pids := w.processes(containing)
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	return len(pids)
}

func (w *world) read(name string) string {
	w.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}
