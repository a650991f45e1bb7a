package edge_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	client "gemba/internal/driver/edge"
	"gemba/internal/edge"
)

// programEnv makes the test binary be gemba-edge, so that the edge's own
// process is built once, and with the race detector when the tests are.
const programEnv = "GEMBA_TEST_IS_EDGE"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) == "" {
		os.Exit(m.Run())
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM)
	if err := edge.Run(os.Args[1:], os.Stderr, signals); err != nil {
		fmt.Fprintln(os.Stderr, "gemba-edge:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

const patience = 20 * time.Second

// program is an edge in its own process.
type program struct {
	*client.Client
	dir, socket string
	http, https int
	home        string
	cmd         *exec.Cmd
	log         *safeBuffer
	ended       chan error
}

// newProgram prepares an edge with directories and ports of its own.
func newProgram(t *testing.T) *program {
	t.Helper()
	base, err := os.MkdirTemp("", "edge") // socket paths are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	p := &program{dir: filepath.Join(base, "state"), socket: filepath.Join(base, "s"), home: filepath.Join(base, "home"),
		http: closedPort(t), https: closedPort(t)}
	if err := os.Mkdir(p.home, 0o700); err != nil {
		t.Fatal(err)
	}
	p.Client = client.Dial(p.socket)
	t.Cleanup(p.Client.Close)
	return p
}

// start runs the edge until the test ends, and waits until it is ready.
func (p *program) start(t *testing.T) {
	t.Helper()
	p.launch(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.Ready(ctx); err != nil {
		t.Fatalf("the edge is not ready: %v\n%s", err, p.log)
	}
}

func (p *program) launch(t *testing.T) {
	t.Helper()
	p.log = &safeBuffer{}
	p.cmd = exec.Command(os.Args[0], "--dir", p.dir, "--socket", p.socket,
		"--http-port", fmt.Sprint(p.http), "--https-port", fmt.Sprint(p.https))
	p.cmd.Env = append(os.Environ(), programEnv+"=1", "HOME="+p.home, "XDG_DATA_HOME=", "XDG_CONFIG_HOME=")
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	p.ended = ended
	cmd, log := p.cmd, p.log
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		if log.contains("DATA RACE") || log.contains("panic") {
			t.Errorf("the edge is at fault:\n%s", log)
		}
	})
}

// wait returns how the process ended.
func (p *program) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(patience):
		t.Fatalf("the edge does not end\n%s", p.log)
		return nil
	}
}

func (p *program) kill(t *testing.T) {
	t.Helper()
	must(t, p.cmd.Process.Kill())
	_ = p.wait(t)
}

// closedPort is a port that nobody listens on, outside the range of clients.
func closedPort(t *testing.T) int {
	t.Helper()
	for port := 32000 + os.Getpid()%300; port < 32768; port++ {
		held, err := net.Listen("unix", fmt.Sprintf("@gemba-edge-test-%d", port))
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			_ = held.Close()
			continue
		}
		_ = l.Close()
		t.Cleanup(func() { _ = held.Close() })
		return port
	}
	t.Fatal("no port is free")
	return 0
}

// safeBuffer is written by a process while the test reads.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *safeBuffer) contains(text string) bool {
	return bytes.Contains([]byte(s.String()), []byte(text))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never became true that %s", what)
		}
	}
}
