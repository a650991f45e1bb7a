package process_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/driver/process"
	"gemba/internal/wire"
)

// worker is the path of the real program, built once.
var worker string

// asStarter makes the test binary start what its arguments say and then stay
// or end, so that a starter can be killed, or be another user.
const asStarter = "GEMBA_TEST_STARTER"

func TestMain(m *testing.M) {
	if os.Getenv(asStarter) != "" {
		os.Exit(starter(os.Args[1:]))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gw")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	worker = filepath.Join(dir, "gemba-worker")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", worker, "gemba/cmd/gemba-worker")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build gemba-worker: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience bounds every wait of these tests.
const patience = 20 * time.Second

// room is a state directory of one test.
type room struct {
	*process.Supervisors
	dir, sockets string
}

func newRoom(t testing.TB) room {
	t.Helper()
	dir, err := os.MkdirTemp("", "gw")
	if err != nil {
		t.Fatal(err)
	}
	r := room{dir: filepath.Join(dir, "tasks"), sockets: filepath.Join(dir, "run")}
	r.Supervisors = process.New(r.dir, r.sockets, worker)
	t.Cleanup(func() {
		ids, _ := r.IDs()
		for _, id := range ids {
			p, err := r.Find(id)
			if err != nil {
				continue
			}
			if err := p.Clear(context.Background()); err != nil {
				t.Error(err)
			}
		}
		os.RemoveAll(dir)
	})
	return r
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// script is a task of one script.
func script(id, text string) wire.Spec {
	return wire.Spec{
		ID: id, Script: text, WorkDir: "/", Env: []string{"PATH=/usr/bin:/bin"},
		StopGrace: gemba.Duration(5 * time.Second), Log: wire.LogPolicy{Limit: 1 << 20},
	}
}

func (r room) start(t testing.TB, spec wire.Spec) *process.Supervisor {
	t.Helper()
	p, err := r.Start(testContext(t), spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// do runs a task to its end and returns that and its log.
func (r room) do(t testing.TB, spec wire.Spec) (wire.Exit, []gemba.LogLine) {
	t.Helper()
	p := r.start(t, spec)
	return wait(t, p), read(t, p)
}

func wait(t testing.TB, p *process.Supervisor) wire.Exit {
	t.Helper()
	exit, err := p.Wait(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return exit
}

func read(t testing.TB, p *process.Supervisor) []gemba.LogLine {
	t.Helper()
	var lines []gemba.LogLine
	err := process.Follow(testContext(t), p.LogPath(), 0, func() bool { return false }, func(line gemba.LogLine, _ int64) error {
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// texts are the lines of one stream, one a line.
func texts(lines []gemba.LogLine, stream string) string {
	var b strings.Builder
	for _, line := range lines {
		if line.Stream == stream {
			b.WriteString(line.Text)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// eventually polls until ok, or fails.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(15 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never %s", what)
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, want %v", what, got, want)
	}
}
