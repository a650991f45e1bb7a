package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	linkLife   = 10 * time.Minute
	cookieLife = 30 * 24 * time.Hour
	keyParam   = "key"
)

// Door lets in who holds a one-time link, and keeps everybody else out: other
// people of the machine, other sites in the same browser, names that lead to
// this address (DNS rebinding). Its methods may be called at the same time.
type Door struct {
	secret []byte
	now    func() time.Time

	mu    sync.Mutex
	links map[string]time.Time // hash of a token to when it ends
}

// NewDoor makes a door whose cookies are signed with secret (32 random bytes, kept across
// restarts, known to nobody else). now may be nil for time.Now.
func NewDoor(secret []byte, now func() time.Time) *Door {
	if now == nil {
		now = time.Now
	}
	return &Door{secret: append([]byte(nil), secret...), now: now, links: map[string]time.Time{}}
}

// Link returns an address that opens the dashboard once, within ten minutes. base is a page of it: "http://127.0.0.1:7070/".
func (d *Door) Link(base string) string {
	token := rand.Text()
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for hash, end := range d.links {
		if !now.Before(end) {
			delete(d.links, hash)
		}
	}
	d.links[hashOf(token)] = now.Add(linkLife)
	u, err := url.Parse(base)
	if err != nil {
		return base + "?" + keyParam + "=" + token
	}
	if u.Path == "" {
		u.Path = "/"
	}
	q := u.Query()
	q.Set(keyParam, token)
	u.RawQuery = q.Encode()
	return u.String()
}

// Wrap puts the door before a handler.
func (d *Door) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guard(w.Header())
		switch {
		case !ours(r):
			refuse(w, http.StatusMisdirectedRequest, "This address is not Gemba's", "Open the dashboard at localhost, by the link that this command prints:")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "The dashboard only shows", "Nothing can be changed here. What you want to do is a command:")
		case r.Method == http.MethodGet && r.URL.Query().Has(keyParam) && d.use(r.URL.Query().Get(keyParam)):
			http.SetCookie(w, d.cookie())
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, clean(r.URL), http.StatusSeeOther)
		case d.known(r) && r.URL.Query().Has(keyParam):
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, clean(r.URL), http.StatusSeeOther) // an old link, opened again by who is in already
		case d.known(r):
			next.ServeHTTP(w, r)
		default:
			refuse(w, http.StatusUnauthorized, "Please sign in", "The dashboard is opened by a link that works once, within ten minutes. This command prints one:")
		}
	})
}

// guard sets what every answer carries.
func guard(h http.Header) {
	h.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
		"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
	}, "; "))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// ours reports whether a request was meant for this address: a loopback name, with the port it came in by.
func ours(r *http.Request) bool {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = r.Host, "80"
	}
	switch strings.Trim(host, "[]") {
	case "localhost", "127.0.0.1", "::1":
	default:
		return false
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return true
	}
	_, want, err := net.SplitHostPort(local.String())
	return err != nil || port == want
}

// use takes a token out of the links; it reports whether it was there and in time.
func (d *Door) use(token string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	hash := hashOf(token)
	end, ok := d.links[hash]
	delete(d.links, hash)
	return ok && d.now().Before(end)
}

// cookie says until when its holder is let in: "UNIX-SECONDS.NONCE.SIGNATURE".
func (d *Door) cookie() *http.Cookie {
	end := d.now().Add(cookieLife)
	said := strconv.FormatInt(end.Unix(), 10) + "." + rand.Text()
	return &http.Cookie{
		Name: d.cookieName(), Value: said + "." + d.sign(said), Path: "/",
		Expires: end, MaxAge: int(cookieLife.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// cookieName differs from door to door: browsers don't tell ports apart, and one machine may have several.
func (d *Door) cookieName() string {
	sum := sha256.Sum256(append([]byte("gemba cookie name "), d.secret...))
	return "gemba-" + hex.EncodeToString(sum[:4])
}

func (d *Door) known(r *http.Request) bool {
	for _, c := range r.CookiesNamed(d.cookieName()) {
		if d.valid(c.Value) {
			return true
		}
	}
	return false
}

func (d *Door) valid(value string) bool {
	i := strings.LastIndexByte(value, '.')
	if i < 0 || !hmac.Equal([]byte(value[i+1:]), []byte(d.sign(value[:i]))) {
		return false
	}
	seconds, _, _ := strings.Cut(value, ".")
	end, err := strconv.ParseInt(seconds, 10, 64)
	return err == nil && d.now().Before(time.Unix(end, 0))
}

func (d *Door) sign(said string) string {
	mac := hmac.New(sha256.New, d.secret)
	mac.Write([]byte("gemba dashboard cookie\n" + said))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// clean is the address without the key, always a path of this server.
func clean(u *url.URL) string {
	q := u.Query()
	q.Del(keyParam)
	path := "/" + strings.TrimLeft(u.EscapedPath(), `/\`)
	if rest := q.Encode(); rest != "" {
		path += "?" + rest
	}
	return path
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return string(sum[:])
}
