package ssh

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gemba"
	"gemba/internal/converge"
)

// TestMain keeps the executable that all tests share in a directory of its own.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "worker-*")
	if err != nil {
		panic(err)
	}
	built.dir = dir
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

var built struct {
	once sync.Once
	dir  string
	err  error
}

// fakeWorker builds the worker of testdata, once.
func fakeWorker(t *testing.T) func(arch string) (string, error) {
	t.Helper()
	path := filepath.Join(built.dir, "worker")
	built.once.Do(func() {
		cmd := exec.Command("go", "build", "-o", path, "./testdata/worker")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = errors.New(string(out))
		}
	})
	must(t, built.err)
	return func(arch string) (string, error) {
		if arch != runtime.GOARCH {
			return "", gemba.Fail(gemba.NotFound, "no worker for "+arch, "", "")
		}
		return path, nil
	}
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func dial(t *testing.T, o Options, host gemba.Host) converge.Link {
	t.Helper()
	link, err := New(o).Dial(soon(t), host)
	must(t, err)
	t.Cleanup(func() { must(t, link.Close()) })
	return link
}

// say runs the worker and returns all that it prints.
func say(t *testing.T, link converge.Link, args ...string) string {
	t.Helper()
	s, err := link.Worker(soon(t), args...)
	must(t, err)
	must(t, s.CloseWrite())
	out, err := io.ReadAll(s)
	must(t, err)
	must(t, s.Wait())
	return string(out)
}

// refused checks that err is an error for people, with a code, and with texts in what it says and proposes.
func refused(t *testing.T, err error, code gemba.Code, texts ...string) {
	t.Helper()
	var e *gemba.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no gemba.Error", err)
	}
	if e.Code != code {
		t.Errorf("code %s, want %s: %v", e.Code, code, err)
	}
	all := e.Error() + " try: " + e.Try
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("%q is not in %q", text, all)
		}
	}
	t.Log(all)
}
