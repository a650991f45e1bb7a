package edge_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/deploy/routetest"
	"gemba/internal/edge/table"
)

// service says its name on every request, and echoes WebSockets.
func service(t *testing.T, name string) deploy.Target {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s for=%s proto=%s host=%s", name, r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"), r.Host)
	})
	mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		for {
			kind, message, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, message) != nil {
				return
			}
		}
	})
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: first\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	s := httptest.NewServer(mux)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return deploy.Target{Release: gemba.ReleaseID(name), Upstream: strings.TrimPrefix(s.URL, "http://")}
}

// routed makes a route of a port that leads to a service.
func (p *program) routed(t *testing.T, name string) (deploy.Route, string) {
	t.Helper()
	route := deploy.Route{Name: "production/" + name, Port: closedPort(t)}
	must(t, p.Route(t.Context(), route))
	must(t, p.Switch(t.Context(), route.Name, service(t, name)))
	return route, fmt.Sprintf("http://127.0.0.1:%d/", route.Port)
}

func answer(c *http.Client, url string) string {
	resp, err := c.Get(url)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

func wantAnswer(t *testing.T, c *http.Client, url, prefix string) {
	t.Helper()
	if got := answer(c, url); !strings.HasPrefix(got, prefix) {
		t.Fatalf("GET %s: %q, want %q…", url, got, prefix)
	}
}

// What one edge can show, one after the other.
func TestEdge(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	t.Run("events arrive at once", func(t *testing.T) { eventsArriveAtOnce(t, p) })
	t.Run("clients cannot forge where they come from", func(t *testing.T) { clientsCannotForge(t, p) })
	t.Run("only its owner may control it", func(t *testing.T) { onlyItsOwnerMayControlIt(t, p) })
	t.Run("a second edge on the same directory is refused", func(t *testing.T) { secondEdgeIsRefused(t, p) })
}

func TestHundredWebSocketsOfAnotherServiceOutliveSwitchesAndNewRoutes(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	_, chat := p.routed(t, "chat")
	web, _ := p.routed(t, "web")
	var conns []*websocket.Conn
	for range 100 {
		conns = append(conns, routetest.Socket(t, chat+"socket"))
	}
	one, two := service(t, "one"), service(t, "two")
	for range 10 {
		must(t, p.Switch(t.Context(), web.Name, one))
		must(t, p.Switch(t.Context(), web.Name, two))
	}
	// A new port is no configuration of Caddy's; a new domain is.
	p.routed(t, "more")
	must(t, p.Route(t.Context(), deploy.Route{Name: "staging/guestbook", Domain: "guestbook.localhost"}))
	for _, conn := range conns {
		routetest.Echo(t, conn)
	}
	if n, err := p.InFlight(t.Context(), "production/chat", "chat"); err != nil || n != 100 {
		t.Errorf("in flight: %d, %v; want the 100 WebSockets", n, err)
	}
}

func TestKilledEdgeServesAgainByItself(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	_, url := p.routed(t, "web")
	must(t, p.Route(t.Context(), deploy.Route{Name: "d", Domain: "guestbook.localhost"}))
	must(t, p.Switch(t.Context(), "d", service(t, "guestbook")))
	p.kill(t)
	p.launch(t) // nobody tells it anything
	eventually(t, "the port answers again", func() bool {
		return strings.HasPrefix(answer(http.DefaultClient, url), "200 web")
	})
	eventually(t, "the domain answers again", func() bool {
		return strings.HasPrefix(answer(p.browser(t), p.site("guestbook.localhost")), "200 guestbook")
	})
}

func TestCallsOutlastARestart(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	route, _ := p.routed(t, "web")
	p.kill(t)
	next := service(t, "next")
	switched := make(chan error, 1)
	go func() { switched <- p.Switch(context.Background(), route.Name, next) }()
	p.launch(t)
	must(t, <-switched)
}

func TestBrokenTableIsReplacedByItsPreviousCopy(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	route, url := p.routed(t, "web")
	must(t, p.Switch(t.Context(), route.Name, service(t, "next")))
	p.kill(t)
	file := filepath.Join(p.dir, table.FileName)
	whole, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, whole[:len(whole)/2], 0o600))
	p.start(t)
	status, err := p.Status(t.Context())
	must(t, err)
	if !strings.Contains(status.Mended, file) {
		t.Errorf("the edge does not say what it mended: %+v", status)
	}
	wantAnswer(t, http.DefaultClient, url, "200 web")

	p.kill(t)
	for _, name := range []string{table.FileName, table.PreviousName} {
		must(t, os.WriteFile(filepath.Join(p.dir, name), []byte("{"), 0o600))
	}
	p.launch(t)
	if err := p.wait(t); err == nil || !p.log.contains(file+" cannot be read") {
		t.Errorf("with both copies broken it ended with %v\n%s", err, p.log)
	}
}

func TestPortTakenAtTheStartShutsOneRouteUntilItIsFree(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	route, url := p.routed(t, "web")
	_, other := p.routed(t, "other")
	p.kill(t)
	thief, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", route.Port))
	must(t, err)
	p.start(t)
	status, err := p.Status(t.Context())
	must(t, err)
	if len(status.Shut) != 1 || status.Shut[0].Route != route.Name || !strings.Contains(status.Shut[0].Reason, fmt.Sprint(route.Port)) {
		t.Errorf("shut routes: %+v", status.Shut)
	}
	wantAnswer(t, http.DefaultClient, other, "200 other")
	must(t, thief.Close())
	eventually(t, "the route is open again", func() bool { return strings.HasPrefix(answer(http.DefaultClient, url), "200 web") })
}

// browser trusts the edge's own authority, and finds every name at the edge.
func (p *program) browser(t *testing.T) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(p.dir, "caddy", "pki", "authorities", "local", "root.crt"))
	must(t, err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("the authority's certificate is none")
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(address)
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (p *program) site(domain string) string { return fmt.Sprintf("https://%s:%d/", domain, p.https) }

func TestDomainIsServedOverTLS(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	must(t, p.Route(t.Context(), deploy.Route{Name: "production/guestbook", Domain: "Guestbook.localhost"}))
	must(t, p.Switch(t.Context(), "production/guestbook", service(t, "guestbook")))
	browser := p.browser(t)

	resp, err := browser.Get(p.site("guestbook.localhost"))
	must(t, err)
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if want := fmt.Sprintf("guestbook for=127.0.0.1 proto=https host=guestbook.localhost:%d", p.https); string(body) != want {
		t.Errorf("it answered %q, want %q", body, want)
	}
	if resp.ProtoMajor != 2 || !strings.Contains(resp.Header.Get("Alt-Svc"), fmt.Sprintf(`h3=":%d"`, p.https)) {
		t.Errorf("it speaks %s and offers %q", resp.Proto, resp.Header.Get("Alt-Svc"))
	}
	plain, err := browser.Get(fmt.Sprintf("http://guestbook.localhost:%d/a?b=c", p.http))
	must(t, err)
	plain.Body.Close()
	if want := p.site("guestbook.localhost") + "a?b=c"; plain.StatusCode != 308 || plain.Header.Get("Location") != want {
		t.Errorf("plain HTTP: %s to %s, want %s", plain.Status, plain.Header.Get("Location"), want)
	}

	// Names that nobody declared.
	wantAnswer(t, browser, fmt.Sprintf("http://other.localhost:%d/", p.http), "421 no service answers")
	if got := answer(browser, p.site("other.localhost")); !strings.Contains(got, "tls") {
		t.Errorf("an unknown name got %q", got)
	}
	misdirected, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.site("guestbook.localhost"), nil)
	must(t, err)
	misdirected.Host = "other.localhost"
	resp, err = browser.Do(misdirected)
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another Host over the name's connection: %s", resp.Status)
	}

	must(t, p.Unroute(t.Context(), "production/guestbook"))
	if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.https)); err == nil {
		conn.Close()
		t.Error("without a domain, its port is still open")
	}
}

func TestDomainPortTakenIsAConflict(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", p.http))
	must(t, err)
	defer l.Close()
	err = p.Route(t.Context(), deploy.Route{Name: "d", Domain: "d.localhost"})
	if gemba.CodeOf(err) != gemba.Conflict || !strings.Contains(err.Error(), fmt.Sprint(p.http)) {
		t.Errorf("the error is %v", err)
	}
	again, err := net.Listen("tcp", fmt.Sprintf(":%d", p.https))
	if err != nil {
		t.Fatalf("the other port was left open: %v", err)
	}
	again.Close()
}

func eventsArriveAtOnce(t *testing.T, p *program) {
	_, url := p.routed(t, "events")
	resp, err := http.Get(url + "events")
	must(t, err)
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || line != "data: first\n" {
		t.Errorf("the stream began with %q, %v", line, err)
	}
}

func clientsCannotForge(t *testing.T, p *program) {
	_, url := p.routed(t, "web")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	req.Header.Set("X-Forwarded-For", "10.9.8.7")
	req.Header.Set("X-Forwarded-Proto", "https")
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); !strings.HasPrefix(string(body), "web for=127.0.0.1 proto=http ") {
		t.Errorf("the service saw %q", body)
	}
}

func onlyItsOwnerMayControlIt(t *testing.T, p *program) {
	info, err := os.Stat(p.socket)
	must(t, err)
	if info.Mode().Perm() != 0o600 || info.Mode().Type() != os.ModeSocket {
		t.Errorf("the socket has mode %v", info.Mode())
	}
	if dir, err := os.Stat(p.dir); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", dir.Mode(), err)
	}
}

func secondEdgeIsRefused(t *testing.T, p *program) {
	second := *p
	second.socket = p.socket + "2"
	second.launch(t)
	if err := second.wait(t); err == nil || !second.log.contains("runs on "+p.dir+" already") {
		t.Errorf("the second edge ended with %v\n%s", err, second.log)
	}
}

func TestNothingIsWrittenToTheHome(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	must(t, p.Route(t.Context(), deploy.Route{Name: "d", Domain: "d.localhost"}))
	eventually(t, "Caddy has cleaned its storage, its last write", func() bool {
		_, err := os.Stat(filepath.Join(p.dir, "caddy", "last_clean.json"))
		return err == nil
	})
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	must(t, p.wait(t))
	entries, err := os.ReadDir(p.home)
	must(t, err)
	if len(entries) != 0 {
		t.Errorf("the home holds %v", entries)
	}
}

func TestStopLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	held, let := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(held)
		<-let
		fmt.Fprint(w, strings.Repeat("whole ", 100_000))
	}))
	defer s.Close()
	route, url := p.routed(t, "web")
	socket := routetest.Socket(t, url+"socket")
	must(t, p.Switch(t.Context(), route.Name, deploy.Target{Release: "slow", Upstream: strings.TrimPrefix(s.URL, "http://")}))
	answered := make(chan string, 1)
	go func() { answered <- answer(&http.Client{Transport: &http.Transport{}}, url) }()
	<-held
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	eventually(t, "the port is closed", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", route.Port))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	if n, err := p.InFlight(t.Context(), route.Name, "slow"); err != nil || n != 1 {
		t.Errorf("in flight while it waits: %d, %v; want 1", n, err)
	}
	close(let)
	if got := <-answered; got != "200 "+strings.Repeat("whole ", 100_000) {
		t.Errorf("the request under way ended with %d bytes: %.60s", len(got), got)
	}
	must(t, p.wait(t))
	var closed websocket.CloseError
	if _, _, err := socket.Read(t.Context()); !errors.As(err, &closed) || closed.Code != websocket.StatusGoingAway {
		t.Errorf("the WebSocket ended with %v, want the message that the server goes away", err)
	}
	if _, err := os.Stat(p.socket); !os.IsNotExist(err) {
		t.Errorf("the control socket is left behind: %v", err)
	}
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t)
	held := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(held)
		<-r.Context().Done()
	}))
	defer s.Close()
	route, url := p.routed(t, "web")
	must(t, p.Switch(t.Context(), route.Name, deploy.Target{Release: "stuck", Upstream: strings.TrimPrefix(s.URL, "http://")}))
	answered := make(chan string, 1)
	go func() { answered <- answer(&http.Client{Transport: &http.Transport{}}, url) }()
	<-held
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	eventually(t, "it waits for the request", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", route.Port))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	select {
	case err := <-p.ended:
		t.Fatalf("it ended with %v while a request was under way", err)
	default:
	}
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	must(t, p.wait(t))
	<-answered
	if !p.log.contains("requests under way") {
		t.Errorf("it does not say that it cut requests\n%s", p.log)
	}
}
