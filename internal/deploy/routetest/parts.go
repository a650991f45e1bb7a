package routetest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/deploy"
)

const patience = 15 * time.Second // for what has to happen, however slow the machine is

// open makes a route of the test's own on a free port, removed when the test ends.
func open(t *testing.T, router deploy.Router) deploy.Route {
	t.Helper()
	route := deploy.Route{Name: t.Name(), Port: freePort(t)}
	must(t, router.Route(t.Context(), route))
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := router.Unroute(context.Background(), route.Name); err != nil {
			t.Errorf("removing the route: %v", err)
		}
	})
	return route
}

func url(route deploy.Route) string { return fmt.Sprintf("http://127.0.0.1:%d/", route.Port) }

// freePort is free when it is returned, and no other test is given it until
// this one ends: the name of an abstract socket holds it, across processes. It
// lies below the range that the kernel gives to clients.
func freePort(t *testing.T) int {
	t.Helper()
	for range 1000 {
		port := 20000 + rand.IntN(12000)
		held, err := net.Listen("unix", fmt.Sprintf("@gemba-routetest-%d", port))
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
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

// release is a small service that says on every answer, in header and body,
// which release it is.
type release struct {
	*httptest.Server
	id   gemba.ReleaseID
	hold chan struct{} // closed by the test: what waits at /slow goes on
	held chan struct{} // one message for each request that waits
}

func start(t *testing.T, id gemba.ReleaseID) *release {
	t.Helper()
	r := &release{id: id, hold: make(chan struct{}), held: make(chan struct{}, 1000)}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { r.say(w) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, req *http.Request) {
		r.held <- struct{}{}
		select {
		case <-r.hold:
			r.say(w)
		case <-req.Context().Done():
		}
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusInternalServerError) })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "half")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/socket", echo)
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

func (r *release) say(w http.ResponseWriter) {
	w.Header().Set("Release", string(r.id))
	fmt.Fprint(w, r.id)
}

func (r *release) target() deploy.Target {
	return deploy.Target{Release: r.id, Upstream: strings.TrimPrefix(r.URL, "http://")}
}

// client keeps its connections, as browsers and proxies do.
func client(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 2 * patience}
}

// get returns the status and the body of an answer.
func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(body)
}

func wantAnswer(t *testing.T, c *http.Client, url string, status int, body string) {
	t.Helper()
	if gotStatus, gotBody := get(t, c, url); gotStatus != status || !strings.Contains(gotBody, body) {
		t.Fatalf("GET %s answered %d %q, want %d %q", url, gotStatus, gotBody, status, body)
	}
}

func wantCode(t *testing.T, err error, code gemba.Code, mention string) {
	t.Helper()
	if err == nil || gemba.CodeOf(err) != code || !strings.Contains(err.Error(), mention) {
		t.Fatalf("error is %v (%s), want one of code %s that mentions %q", err, gemba.CodeOf(err), code, mention)
	}
}

// eventually waits for what has to become true.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never became true that %s", what)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
