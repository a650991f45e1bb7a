package edge_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/driver/edge"
)

var _ deploy.Router = (*edge.Client)(nil)

func socket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "edge") // socket paths are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

func TestReadyEndsWithItsContext(t *testing.T) {
	defer goleak.VerifyNone(t)
	c := edge.Dial(socket(t))
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Ready(ctx) }()
	cancel()
	if err := <-ended; gemba.CodeOf(err) != gemba.Unavailable || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("it ended with %v", err)
	}
}

// Something else on the socket: the error says so, and nothing is taken for an answer.
func TestAnswersOfSomethingElseAreRefused(t *testing.T) {
	defer goleak.VerifyNone(t)
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"a page":               {200, "<html>"},
		"a page of an error":   {502, "<html>"},
		"an error of no words": {404, "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			path := socket(t)
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(answer.status)
				_, _ = w.Write([]byte(answer.body))
			})}
			served := make(chan struct{})
			go func() { defer close(served); _ = s.Serve(l) }()
			c := edge.Dial(path)
			if _, err := c.Target(t.Context(), "a"); gemba.CodeOf(err) != gemba.Internal || !strings.Contains(err.Error(), "not its own") {
				t.Errorf("the error is %v", err)
			}
			c.Close()
			_ = s.Close()
			<-served
		})
	}
}

func TestEdgeOfAnotherProtocolIsNotReady(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := socket(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"version":2}`)) })}
	served := make(chan struct{})
	go func() { defer close(served); _ = s.Serve(l) }()
	c := edge.Dial(path)
	if err := c.Ready(t.Context()); gemba.CodeOf(err) != gemba.Conflict {
		t.Errorf("it is ready, or failed with %v", err)
	}
	c.Close()
	_ = s.Close()
	<-served
}

// The server must not pay for Caddy.
func TestDriverDoesNotLinkCaddy(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "gemba/internal/driver/edge").Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.Lines(string(out)) {
		if strings.Contains(pkg, "caddy") || strings.TrimSpace(pkg) == "gemba/internal/edge" {
			t.Errorf("it links %s", pkg)
		}
	}
}
