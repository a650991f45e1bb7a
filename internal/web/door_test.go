package web_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gemba/internal/web"
)

// doorway is a door with a clock that the test turns, before a handler that says "inside".
type doorway struct {
	t    *testing.T
	now  time.Time
	door *web.Door
	http.Handler
}

func newDoorway(t *testing.T) *doorway {
	d := &doorway{t: t, now: noon()}
	d.door = web.NewDoor([]byte("a secret of thirty-two bytes 123"), func() time.Time { return d.now })
	d.Handler = d.door.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("inside")) }))
	return d
}

const base = "http://127.0.0.1:7070"

func (d *doorway) ask(method, address string, cookies ...*http.Cookie) *http.Response {
	d.t.Helper()
	r := httptest.NewRequest(method, address, nil)
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7070})))
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result()
}

func (d *doorway) enter() *http.Cookie {
	d.t.Helper()
	cookies := d.ask("GET", d.door.Link(base)).Cookies()
	if len(cookies) != 1 {
		d.t.Fatalf("cookies %v", cookies)
	}
	return cookies[0]
}

func (d *doorway) expect(status int, r *http.Response) {
	d.t.Helper()
	if r.StatusCode != status {
		d.t.Errorf("answered %d, want %d", r.StatusCode, status)
	}
}

func TestALinkLetsInOnceAndLeadsToTheCleanAddress(t *testing.T) {
	d := newDoorway(t)
	link := d.door.Link(base + "/runs?service=guestbook")
	r := d.ask("GET", link)
	d.expect(http.StatusSeeOther, r)
	if to := r.Header.Get("Location"); to != "/runs?service=guestbook" {
		t.Errorf("leads to %q", to)
	}
	c := r.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Domain != "" || c.Path != "/" || c.MaxAge != 30*24*3600 {
		t.Errorf("cookie %+v", c)
	}
	d.expect(http.StatusOK, d.ask("GET", base+"/", c))
	d.expect(http.StatusUnauthorized, d.ask("GET", link))
	d.expect(http.StatusSeeOther, d.ask("GET", link, c))
}

func TestALinkEndsAfterTenMinutesAndACookieAfterThirtyDays(t *testing.T) {
	d := newDoorway(t)
	link, c := d.door.Link(base), d.enter()
	d.now = d.now.Add(10 * time.Minute)
	d.expect(http.StatusUnauthorized, d.ask("GET", link))
	d.now = noon().Add(30*24*time.Hour - time.Second)
	d.expect(http.StatusOK, d.ask("GET", base+"/", c))
	d.now = d.now.Add(time.Second)
	d.expect(http.StatusUnauthorized, d.ask("GET", base+"/", c))
}

func TestALookAheadDoesNotUseUpALink(t *testing.T) {
	d := newDoorway(t)
	link := d.door.Link(base)
	d.expect(http.StatusUnauthorized, d.ask("HEAD", link))
	d.expect(http.StatusSeeOther, d.ask("GET", link))
}

func TestAForgedCookieIsRefused(t *testing.T) {
	d := newDoorway(t)
	c := d.enter()
	end, rest, _ := strings.Cut(c.Value, ".")
	for _, forged := range []string{"", ".", "9" + end + "." + rest, c.Value[:len(c.Value)-1], c.Value + "A", end + "." + rest[:5] + ".", strings.ToUpper(c.Value)} {
		d.expect(http.StatusUnauthorized, d.ask("GET", base+"/", &http.Cookie{Name: c.Name, Value: forged}))
	}
	other := web.NewDoor([]byte("another secret of thirty-two byte"), func() time.Time { return d.now }).Wrap(http.NotFoundHandler())
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", base+"/", nil)
	r.AddCookie(c)
	other.ServeHTTP(w, r)
	d.expect(http.StatusUnauthorized, w.Result())
}

func TestACookieOutlivesTheServer(t *testing.T) {
	d := newDoorway(t)
	c := d.enter()
	d.expect(http.StatusOK, newDoorway(t).ask("GET", base+"/", c))
}

func TestOtherHostsAreRefusedEvenWithACookie(t *testing.T) {
	d := newDoorway(t)
	c := d.enter()
	for host, want := range map[string]int{
		"127.0.0.1:7070": 200, "localhost:7070": 200, "[::1]:7070": 200,
		"evil.example:7070": 421, "evil.example": 421, "127.0.0.1:8080": 421, "127.0.0.1": 421, "localhost.evil.example:7070": 421, "127.0.0.2:7070": 421,
	} {
		if r := d.ask("GET", "http://"+host+"/", c); r.StatusCode != want {
			t.Errorf("%s: answered %d, want %d", host, r.StatusCode, want)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	d := newDoorway(t)
	c := d.enter()
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} {
		r := d.ask(method, base+"/", c)
		d.expect(http.StatusMethodNotAllowed, r)
		if r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", method, r.Header.Get("Allow"))
		}
	}
	d.expect(http.StatusOK, d.ask("HEAD", base+"/", c))
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	d := newDoorway(t)
	c := d.enter()
	for name, r := range map[string]*http.Response{
		"inside": d.ask("GET", base+"/", c), "outside": d.ask("GET", base+"/"), "elsewhere": d.ask("GET", "http://evil.example/"), "redirect": d.ask("GET", d.door.Link(base)),
	} {
		policy := r.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %q", name, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy %q allows what is unsafe", name, policy)
		}
		for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
	}
}

func TestWhoIsOutsideLearnsTheWayInAndNothingElse(t *testing.T) {
	d := newDoorway(t)
	r := d.ask("GET", base+"/runs/214")
	body := new(strings.Builder)
	if err := r.Write(body); err != nil {
		t.Fatal(err)
	}
	contains(t, body.String(), "401", "gemba dashboard")
	if strings.Contains(body.String(), "inside") {
		t.Error("shows what is inside")
	}
}

func TestACleanAddressNeverLeadsElsewhere(t *testing.T) {
	d := newDoorway(t)
	for _, path := range []string{"//evil.example/", `/\evil.example/`, "///evil.example"} {
		link, err := url.Parse(d.door.Link(base))
		if err != nil {
			t.Fatal(err)
		}
		to, err := url.Parse(d.ask("GET", base+path+"?"+link.RawQuery).Header.Get("Location"))
		if err != nil || to.Host != "" || strings.HasPrefix(to.String(), "//") {
			t.Errorf("%s leads to %v (%v)", path, to, err)
		}
	}
}
