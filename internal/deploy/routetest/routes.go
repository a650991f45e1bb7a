package routetest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"testing"

	"gemba"
	"gemba/internal/deploy"
)

func newRoute(t *testing.T, router deploy.Router) {
	route := open(t, router)
	target, err := router.Target(t.Context(), route.Name)
	must(t, err)
	if target != (deploy.Target{}) {
		t.Errorf("a new route leads to %+v", target)
	}
	wantAnswer(t, client(t), url(route), http.StatusServiceUnavailable, "nothing is deployed here yet")
}

// sameRouteAgain asks over one connection: a router that makes the route anew
// closes connections that wait for the next request.
func sameRouteAgain(t *testing.T, router deploy.Router) {
	route, one, c := open(t, router), start(t, "one"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	wantAnswer(t, c, url(route), http.StatusOK, "one")
	for range 5 {
		must(t, router.Route(t.Context(), route))
	}
	if target, err := router.Target(t.Context(), route.Name); err != nil || target != one.target() {
		t.Errorf("it leads to %+v, %v", target, err)
	}
	if !reused(t, c, url(route)) {
		t.Error("a connection that waited for the next request was closed")
	}
}

func movedRoute(t *testing.T, router deploy.Router) {
	route, one, c := open(t, router), start(t, "one"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	from := url(route)
	route.Port = freePort(t)
	must(t, router.Route(t.Context(), route))
	wantAnswer(t, c, url(route), http.StatusOK, "one")
	wantClosed(t, from)
}

func removedRoute(t *testing.T, router deploy.Router) {
	route, one, c := open(t, router), start(t, "one"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	answered := slow(c, url(route))
	<-one.held
	must(t, router.Unroute(t.Context(), route.Name))
	must(t, router.Unroute(t.Context(), route.Name))
	wantClosed(t, url(route))
	if n, err := router.InFlight(t.Context(), route.Name, "one"); err != nil || n != 1 {
		t.Errorf("in flight after the removal: %d, %v; want 1", n, err)
	}
	close(one.hold)
	if got := <-answered; got != "200 one" {
		t.Errorf("the request under way ended with %q", got)
	}
	_, err := router.Target(t.Context(), route.Name)
	wantCode(t, err, gemba.NotFound, route.Name)
}

func unknownRoute(t *testing.T, router deploy.Router) {
	name := "nowhere/" + t.Name()
	wantCode(t, router.Switch(t.Context(), name, deploy.Target{Release: "one", Upstream: "127.0.0.1:1"}), gemba.NotFound, name)
	_, err := router.Target(t.Context(), name)
	wantCode(t, err, gemba.NotFound, name)
	_, err = router.Traffic(t.Context(), name)
	wantCode(t, err, gemba.NotFound, name)
	if n, err := router.InFlight(t.Context(), name, "one"); n != 0 || err != nil {
		t.Errorf("in flight: %d, %v", n, err)
	}
	must(t, router.Unroute(t.Context(), name))
}

func invalid(t *testing.T, router deploy.Router) {
	for _, route := range []deploy.Route{
		{Port: 8080}, // without a name no call can be addressed to it, but it must not pass either
		{Name: "x"},
		{Name: "x", Port: 8080, Domain: "a.test"},
		{Name: "x", Port: 65536},
		{Name: "x", Domain: "http://a.test/"},
		{Name: "x", Domain: "*.test"},
		{Name: "x", Domain: "a..test"},
	} {
		if err := router.Route(t.Context(), route); err == nil {
			t.Errorf("the route %+v was accepted", route)
		} else if route.Name != "" {
			wantCode(t, err, gemba.Invalid, "")
		}
	}
	route := open(t, router)
	for _, target := range []deploy.Target{
		{Release: "one"},
		{Upstream: "127.0.0.1:80"},
		{Release: "one", Upstream: "127.0.0.1:80", Root: "/srv"},
		{Release: "one", Upstream: "127.0.0.1"},
		{Release: "one", Upstream: "127.0.0.1:0"},
		{Release: "one", Upstream: "{env.HOME}:80"},
		{Release: "one", Root: "srv"},
	} {
		wantCode(t, router.Switch(t.Context(), route.Name, target), gemba.Invalid, "")
	}
}

func portOfAnotherRoute(t *testing.T, router deploy.Router) {
	route := open(t, router)
	err := router.Route(t.Context(), deploy.Route{Name: route.Name + "/second", Port: route.Port})
	wantCode(t, err, gemba.Conflict, fmt.Sprint(route.Port))
	wantCode(t, err, gemba.Conflict, route.Name)
}

func portOfAnotherProgram(t *testing.T, router deploy.Router) {
	route, one, c := open(t, router), start(t, "one"), client(t)
	must(t, router.Switch(t.Context(), route.Name, one.target()))
	answered := slow(c, url(route))
	<-one.held

	other, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer other.Close()
	taken := other.Addr().(*net.TCPAddr).Port
	err = router.Route(t.Context(), deploy.Route{Name: route.Name + "/second", Port: taken})
	wantCode(t, err, gemba.Conflict, fmt.Sprint(taken))

	wantAnswer(t, c, url(route), http.StatusOK, "one")
	close(one.hold)
	if got := <-answered; got != "200 one" {
		t.Errorf("the request under way ended with %q", got)
	}
	_, err = router.Target(t.Context(), route.Name+"/second")
	wantCode(t, err, gemba.NotFound, "")
}

func wantClosed(t *testing.T, url string) {
	t.Helper()
	if resp, err := client(t).Get(url); err == nil {
		resp.Body.Close()
		t.Errorf("%s still answers: %s", url, resp.Status)
	}
}

// reused asks and reports whether an earlier connection was used again.
func reused(t *testing.T, c *http.Client, url string) bool {
	t.Helper()
	var again bool
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { again = info.Reused }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, url, nil)
	must(t, err)
	resp, err := c.Do(req)
	must(t, err)
	drain(resp)
	return again
}
