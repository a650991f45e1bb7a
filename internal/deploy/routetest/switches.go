package routetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gemba/internal/deploy"
)

const switches = 20

func switched(t *testing.T, router deploy.Router) {
	route, one, two, c := open(t, router), start(t, "one"), start(t, "two"), client(t)
	for _, r := range []*release{one, two, one} {
		must(t, router.Switch(t.Context(), route.Name, r.target()))
		wantAnswer(t, c, url(route), http.StatusOK, string(r.id))
		if target, err := router.Target(t.Context(), route.Name); err != nil || target != r.target() {
			t.Fatalf("it leads to %+v, %v", target, err)
		}
	}
	must(t, router.Switch(t.Context(), route.Name, deploy.Target{}))
	wantAnswer(t, c, url(route), http.StatusServiceUnavailable, "nothing is deployed here yet")
}

// switchUnderLoad keeps requests coming over keep-alive connections, quick
// ones and slow ones, while the route is switched back and forth. Each answer
// has to be good, whole, and of one release.
func switchUnderLoad(t *testing.T, router deploy.Router) {
	route, one, two, c := open(t, router), start(t, "one"), start(t, "two"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))

	slowOnes := []<-chan string{slow(c, url(route)), slow(c, url(route)), slow(c, url(route))}
	for range slowOnes {
		<-one.held
	}
	ctx, stop := context.WithCancel(t.Context())
	var asked atomic.Int64
	var load sync.WaitGroup
	for range 8 {
		load.Go(func() {
			for ctx.Err() == nil {
				if got := ask(c, url(route)); got != "200 one" && got != "200 two" {
					t.Errorf("a request ended with %q", got)
					return
				}
				asked.Add(1)
			}
		})
	}
	for i := range switches {
		target := two.target()
		if i%2 == 1 {
			target = one.target()
		}
		before := asked.Load()
		must(t, router.Switch(t.Context(), route.Name, target))
		eventually(t, "requests pass between two switches", func() bool { return asked.Load() > before+20 || t.Failed() })
	}
	stop()
	load.Wait()
	close(one.hold)
	for _, answered := range slowOnes {
		if got := <-answered; got != "200 one" {
			t.Errorf("a slow request ended with %q", got)
		}
	}
	counted, err := router.Traffic(t.Context(), route.Name)
	must(t, err)
	if n, failed := counted["one"].Requests+counted["two"].Requests, counted["one"].Failed+counted["two"].Failed; n != asked.Load()+3 || failed != 0 {
		t.Errorf("the router counted %d requests, %d failed; asked were %d", n, failed, asked.Load()+3)
	}
}

func draining(t *testing.T, router deploy.Router) {
	route, one, two, c := open(t, router), start(t, "one"), start(t, "two"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	answered := slow(c, url(route))
	<-one.held
	must(t, router.Switch(t.Context(), route.Name, two.target()))
	for range 20 {
		wantAnswer(t, c, url(route), http.StatusOK, "two")
		if n, err := router.InFlight(t.Context(), route.Name, "one"); err != nil || n != 1 {
			t.Fatalf("in flight while the slow request is under way: %d, %v; want 1", n, err)
		}
	}
	close(one.hold)
	if got := <-answered; got != "200 one" {
		t.Errorf("the slow request ended with %q", got)
	}
	eventually(t, "nothing is in flight with the old release", func() bool {
		n, err := router.InFlight(t.Context(), route.Name, "one")
		return err == nil && n == 0
	})
}

func upgraded(t *testing.T, router deploy.Router) {
	route, one, two := open(t, router), start(t, "one"), start(t, "two")
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	var conns []*websocket.Conn
	for range 10 {
		conns = append(conns, Socket(t, url(route)+"socket"))
	}
	for i := range switches {
		target := two.target()
		if i%2 == 1 {
			target = one.target()
		}
		must(t, router.Switch(t.Context(), route.Name, target))
	}
	must(t, router.Switch(t.Context(), route.Name, two.target()))
	for left := len(conns); left > 0; left-- {
		eventually(t, fmt.Sprintf("%d upgraded connections are counted", left), func() bool {
			n, err := router.InFlight(t.Context(), route.Name, "one")
			return err == nil && n == left
		})
		Echo(t, conns[left-1])
		must(t, conns[left-1].Close(websocket.StatusNormalClosure, ""))
	}
	eventually(t, "closed connections are not counted", func() bool {
		n, err := router.InFlight(t.Context(), route.Name, "one")
		return err == nil && n == 0
	})
}

// Socket opens a WebSocket, closed when the test ends.
func Socket(t *testing.T, url string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http"), nil)
	must(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// Echo sends a message through an open WebSocket and wants it back.
func Echo(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	must(t, conn.Write(ctx, websocket.MessageText, []byte("still here")))
	if _, got, err := conn.Read(ctx); err != nil || string(got) != "still here" {
		t.Fatalf("the socket answered %q, %v", got, err)
	}
}

// echo is the other end of Echo.
func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		kind, message, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		if err := conn.Write(r.Context(), kind, message); err != nil {
			return
		}
	}
}

// slow asks for what waits until the test lets it go.
func slow(c *http.Client, url string) <-chan string {
	answered := make(chan string, 1)
	go func() { answered <- ask(c, url+"slow") }()
	return answered
}

// ask returns "200 one" for a good answer of release one, and what was wrong otherwise.
func ask(c *http.Client, url string) string {
	started := time.Now()
	resp, err := c.Get(url)
	if err != nil {
		return fmt.Sprintf("%v after %v", err, time.Since(started))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	if says := resp.Header.Get("Release"); says != string(body) {
		return fmt.Sprintf("%d header of %q, body of %q", resp.StatusCode, says, body)
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

func drain(resp *http.Response) {
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
}
