package routetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"gemba"
	"gemba/internal/deploy"
)

func traffic(t *testing.T, router deploy.Router) {
	route, one, two, c := open(t, router), start(t, "one"), start(t, "two"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	for range 3 {
		wantAnswer(t, c, url(route), http.StatusOK, "one")
	}
	wantAnswer(t, c, url(route)+"broken", http.StatusInternalServerError, "broken")
	must(t, router.Switch(t.Context(), route.Name, two.target()))
	wantAnswer(t, c, url(route), http.StatusOK, "two")
	wantTraffic(t, router, route, "one", deploy.Traffic{Requests: 4, Failed: 1})
	wantTraffic(t, router, route, "two", deploy.Traffic{Requests: 1})
}

func clientGone(t *testing.T, router deploy.Router) {
	route, one, c := open(t, router), start(t, "one"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url(route)+"slow", nil)
	must(t, err)
	left := make(chan error, 1)
	go func() {
		resp, err := c.Do(req)
		if err == nil {
			drain(resp)
		}
		left <- err
	}()
	<-one.held
	leave()
	if err := <-left; err == nil {
		t.Error("the client did not go away")
	}
	wantDrained(t, router, route, "one")
	wantTraffic(t, router, route, "one", deploy.Traffic{Requests: 1})
}

func cutShort(t *testing.T, router deploy.Router) {
	route, one, c := open(t, router), start(t, "one"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	resp, err := c.Get(url(route) + "cut")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("the client was given half an answer as if it were whole")
	}
	wantDrained(t, router, route, "one")
	wantTraffic(t, router, route, "one", deploy.Traffic{Requests: 1, Failed: 1})
}

func deadUpstream(t *testing.T, router deploy.Router) {
	route, c := open(t, router), client(t)
	dead := deploy.Target{Release: "dead", Upstream: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	must(t, router.Switch(t.Context(), route.Name, dead))
	wantAnswer(t, c, url(route), http.StatusBadGateway, "the service does not answer")
	wantTraffic(t, router, route, "dead", deploy.Traffic{Requests: 1, Failed: 1})
}

// restartingUpstream has an upstream whose port opens only after a request has
// begun to wait for it.
func restartingUpstream(t *testing.T, router deploy.Router) {
	route, c := open(t, router), client(t)
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	must(t, router.Switch(t.Context(), route.Name, deploy.Target{Release: "one", Upstream: address}))
	answered := make(chan string, 1)
	go func() { answered <- ask(c, url(route)) }()
	wantInFlight(t, router, route, "one", 1)
	l, err := net.Listen("tcp", address)
	must(t, err)
	upstream := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { (&release{id: "one"}).say(w) }))
	upstream.Listener.Close()
	upstream.Listener = l
	upstream.Start()
	defer upstream.Close()
	if got := <-answered; got != "200 one" {
		t.Errorf("the request that waited ended with %q", got)
	}
}

func followsSwitch(t *testing.T, router deploy.Router) {
	route, two, c := open(t, router), start(t, "two"), client(t)
	dead := deploy.Target{Release: "one", Upstream: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	must(t, router.Switch(t.Context(), route.Name, dead))
	answered := make(chan string, 1)
	go func() { answered <- ask(c, url(route)) }()
	wantInFlight(t, router, route, "one", 1)
	must(t, router.Switch(t.Context(), route.Name, two.target()))
	if got := <-answered; got != "200 two" {
		t.Errorf("the request that waited ended with %q", got)
	}
	wantDrained(t, router, route, "two")
	wantTraffic(t, router, route, "one", deploy.Traffic{})
	wantTraffic(t, router, route, "two", deploy.Traffic{Requests: 1})
}

func wantInFlight(t *testing.T, router deploy.Router, route deploy.Route, id gemba.ReleaseID, want int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d requests are in flight with %s", want, id), func() bool {
		n, err := router.InFlight(t.Context(), route.Name, id)
		must(t, err)
		return n == want
	})
}

// wantDrained waits until a request is judged, which may be after the client has its answer.
func wantDrained(t *testing.T, router deploy.Router, route deploy.Route, id gemba.ReleaseID) {
	t.Helper()
	wantInFlight(t, router, route, id, 0)
}

func wantTraffic(t *testing.T, router deploy.Router, route deploy.Route, id gemba.ReleaseID, want deploy.Traffic) {
	t.Helper()
	wantDrained(t, router, route, id)
	all, err := router.Traffic(t.Context(), route.Name)
	must(t, err)
	if got := all[id]; got != want {
		t.Errorf("%s had %+v, want %+v", id, got, want)
	}
}
