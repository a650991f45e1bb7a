package probe_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gemba"
	"gemba/internal/driver/probe"
	"gemba/internal/monitor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a real server and returns its address as a URL.
func serve(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

func ask(t *testing.T, url string, check gemba.Check) monitor.Answer {
	t.Helper()
	return probe.New(5*time.Second).Probe(t.Context(), monitor.Target{URL: url, Check: check})
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestWhatCountsAsAGoodAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		check  gemba.Check
		reason string // empty: good
	}{
		"200":                         {status: 200},
		"204":                         {status: 204},
		"302 without an expectation":  {status: 302},
		"404":                         {status: 404, reason: "answered 404"},
		"500":                         {status: 500, reason: "answered 500"},
		"expected 418":                {status: 418, check: gemba.Check{Expect: 418}},
		"200 where 204 was expected":  {status: 200, check: gemba.Check{Expect: 204}, reason: "answered 200"},
		"with the text":               {status: 200, body: "all well", check: gemba.Check{Contains: "well"}},
		"without the text":            {status: 200, body: "all ill", check: gemba.Check{Contains: "well"}, reason: `answered without "well"`},
		"the text beyond a megabyte":  {status: 200, body: strings.Repeat("x", 1<<20) + "well", check: gemba.Check{Contains: "well"}, reason: "in the first 1048576 bytes"},
		"the text of a wrong status":  {status: 503, body: "well", check: gemba.Check{Contains: "well"}, reason: "answered 503"},
		"a text across read segments": {status: 200, body: strings.Repeat("x", 4094) + "well", check: gemba.Check{Contains: "well"}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ask(t, serve(t, answering(c.status, c.body)), c.check)
			if answer.Good != (c.reason == "") || !strings.Contains(answer.Reason, c.reason) {
				t.Fatalf("%+v", answer)
			}
			if answer.Duration <= 0 {
				t.Errorf("took %v", answer.Duration)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var followed atomic.Bool
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			followed.Store(true)
		}
		http.Redirect(w, r, "/login", http.StatusFound)
	})
	if answer := ask(t, url, gemba.Check{Expect: 200}); answer.Good || answer.Reason != "answered 302" {
		t.Fatalf("%+v", answer)
	}
	if followed.Load() {
		t.Fatal("the redirect was followed")
	}
}

func TestNobodyListens(t *testing.T) {
	address := closedAddress(t)
	if answer := ask(t, "http://"+address, gemba.Check{}); answer.Good || answer.Reason != "connection refused" {
		t.Fatalf("%+v", answer)
	}
	answer := probe.New(time.Second).Probe(t.Context(), monitor.Target{Address: address})
	if answer.Good || answer.Reason != "connection refused" {
		t.Fatalf("%+v", answer)
	}
}

func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestAListenerIsEnoughForTCP(t *testing.T) {
	address := strings.TrimPrefix(serve(t, answering(500, "")), "http://")
	answer := probe.New(time.Second).Probe(t.Context(), monitor.Target{Address: address})
	if !answer.Good {
		t.Fatalf("%+v", answer)
	}
}

func TestASlowAnswerIsGivenUpAfterTheTimeoutOfTheCheck(t *testing.T) {
	done := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(done)
	})
	answer := ask(t, url, gemba.Check{Timeout: gemba.Duration(50 * time.Millisecond)})
	if answer.Good || answer.Reason != "no answer within 50ms" || answer.Duration < 50*time.Millisecond {
		t.Fatalf("%+v", answer)
	}
	<-done // the server saw us go
}

func TestABodyThatNeverEndsIsGivenUp(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	check := gemba.Check{Timeout: gemba.Duration(50 * time.Millisecond)}
	if answer := ask(t, url, check); !answer.Good {
		t.Errorf("a body that nobody asked about was waited for: %+v", answer)
	}
	check.Contains = "well"
	if answer := ask(t, url, check); answer.Good || answer.Reason != "no answer within 50ms" {
		t.Errorf("%+v", answer)
	}
}

func TestAConnectionThatIsClosedEarlyIsSaid(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			buffer := make([]byte, 4096)
			_, _ = conn.Read(buffer)
			_ = conn.Close()
		}
	}()
	answer := ask(t, "http://"+listener.Addr().String(), gemba.Check{})
	if answer.Good || answer.Reason != "connection closed before the answer was whole" {
		t.Fatalf("%+v", answer)
	}
}

func TestEveryQuestionHasItsOwnConnection(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(answering(200, "ok"))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	p := probe.New(time.Second)
	for range 3 {
		if answer := p.Probe(t.Context(), monitor.Target{URL: server.URL}); !answer.Good {
			t.Fatalf("%+v", answer)
		}
	}
	if n := connections.Load(); n != 3 {
		t.Fatalf("%d connections", n)
	}
}

func TestAQuestionBrokenOffReturnsAtOnce(t *testing.T) {
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	answer := probe.New(time.Hour).Probe(ctx, monitor.Target{URL: url})
	if answer.Good || answer.Reason != "broken off" {
		t.Fatalf("%+v", answer)
	}
}
