package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/edge/control"
	"gemba/internal/edge/table"
)

// tableEdge is an edge without an entrance: the real table, and routes that are only listed.
type tableEdge struct{ *table.Table }

func (e tableEdge) Status() control.Status { return control.Status{Version: control.Version} }
func (e tableEdge) Route(_ context.Context, r deploy.Route) error {
	return e.Put(r)
}
func (e tableEdge) Unroute(_ context.Context, name string) error { return e.Remove(name) }
func (e tableEdge) Switch(_ context.Context, name string, target deploy.Target) error {
	return e.Table.Switch(name, target)
}
func (e tableEdge) Target(_ context.Context, name string) (deploy.Target, error) {
	return e.Table.Target(name)
}
func (e tableEdge) InFlight(_ context.Context, name string, id gemba.ReleaseID) (int, error) {
	return e.Table.InFlight(name, id), nil
}
func (e tableEdge) Traffic(_ context.Context, name string) (map[gemba.ReleaseID]deploy.Traffic, error) {
	return e.Table.Traffic(name)
}

func handler(t *testing.T) http.Handler {
	t.Helper()
	tab, _, err := table.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return control.Handler(tableEdge{tab})
}

func TestBadRequestsAreAnsweredWithWhatIsWrong(t *testing.T) {
	h := handler(t)
	for _, test := range []struct {
		method, path, body string
		status             int
		code               gemba.Code
		mention            string
	}{
		{"PUT", control.RoutePath("a/b"), `{"name":"a/b","port":8080`, 400, gemba.Invalid, "malformed"},
		{"PUT", control.RoutePath("a/b"), `{"name":"a/b","port":8080} x`, 400, gemba.Invalid, "malformed"},
		{"PUT", control.RoutePath("a/b"), `{"name":"a/b","prt":8080}`, 400, gemba.Invalid, "prt"},
		{"PUT", control.RoutePath("a/b"), `{"name":"a/c","port":8080}`, 400, gemba.Invalid, "a/c"},
		{"PUT", control.RoutePath("a/b"), `"` + strings.Repeat("x", 1<<20) + `"`, 400, gemba.Invalid, "too large"},
		{"PUT", control.TargetPath("a/b"), `{"release":"one","root":"/srv"}`, 404, gemba.NotFound, "a/b"},
		{"GET", control.TargetPath("a/b"), ``, 404, gemba.NotFound, "a/b"},
		{"GET", "/v2/status", ``, 404, gemba.NotFound, "/v2/status"},
		{"POST", control.StatusPath(), ``, 404, gemba.NotFound, "POST"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(test.method, test.path, strings.NewReader(test.body)))
		var e gemba.Error
		if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
			t.Errorf("%s %s: %q is no error: %v", test.method, test.path, w.Body, err)
		}
		if w.Code != test.status || e.Code != test.code || !strings.Contains(e.Error(), test.mention) {
			t.Errorf("%s %s: %d %s %q, want %d %s about %q", test.method, test.path, w.Code, e.Code, e.Error(), test.status, test.code, test.mention)
		}
	}
}

func TestSocketOfALivingEdgeIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := control.Listen(path); gemba.CodeOf(err) != gemba.Conflict || !strings.Contains(err.Error(), path) {
		t.Errorf("taking it gave %v", err)
	}
}

func TestSocketOfADeadEdgeIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		err = errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Close(fd))
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("closing it: %v", err)
	}
	left, _ := os.ReadDir(filepath.Dir(path))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Even where the file's mode has been opened up, the kernel says who calls.
func TestAnotherUserIsHungUpOn(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	dir, err := os.MkdirTemp("", "edge")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = http.Serve(l, handler(t)) }()
	defer l.Close()
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	if got := askAs(t, os.Geteuid(), path); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("its owner got %q", got)
	}
	if got := askAs(t, 65534, path); got != "" {
		t.Errorf("another user got %q", got)
	}
}

// askAs speaks to the socket from a thread of another user; the thread ends with it.
func askAs(t *testing.T, uid int, path string) string {
	t.Helper()
	answer := make(chan string, 1)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread is not to be used again
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
			answer <- "setresuid: " + errno.Error()
			return
		}
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err == nil {
			defer unix.Close(fd)
			err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
		}
		if err != nil {
			answer <- "connect: " + err.Error()
			return
		}
		_ = unix.Sendto(fd, []byte("GET /v1/status HTTP/1.1\r\nHost: edge\r\n\r\n"), unix.MSG_NOSIGNAL, nil)
		buffer := make([]byte, 4096)
		n, _ := unix.Read(fd, buffer)
		answer <- string(buffer[:max(n, 0)])
	}()
	return <-answer
}
