package routetest

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gemba"
	"gemba/internal/deploy"
)

// site writes files with one and the same time, as files of an artifact have.
func site(t *testing.T, id gemba.ReleaseID, files map[string]string) deploy.Target {
	t.Helper()
	root := filepath.Join(t.TempDir(), ".releases", string(id))
	for name, content := range files {
		name = filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(name), 0o755))
		must(t, os.WriteFile(name, []byte(content), 0o644))
		must(t, os.Chtimes(name, time.Time{}, time.Unix(1e9, 0)))
	}
	return deploy.Target{Release: id, Root: root}
}

func files(t *testing.T, router deploy.Router) {
	route, c := open(t, router), client(t)
	must(t, router.Switch(t.Context(), route.Name, site(t, "one", map[string]string{
		"index.html": "one", "docs/index.html": "docs", "app.css": "p{}", "empty/.keep": "", "404.html": "look elsewhere",
	})))
	wantAnswer(t, c, url(route), http.StatusOK, "one")
	wantAnswer(t, c, url(route)+"docs/", http.StatusOK, "docs")
	wantAnswer(t, c, url(route)+"docs", http.StatusOK, "docs") // by a redirect
	wantAnswer(t, c, url(route)+"absent", http.StatusNotFound, "look elsewhere")
	wantAnswer(t, c, url(route)+"empty/", http.StatusNotFound, "look elsewhere")

	resp := conditional(t, c, url(route)+"app.css", "")
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/css") {
		t.Errorf("app.css is of type %q", kind)
	}
	etag := resp.Header.Get("Etag")
	if resp = conditional(t, c, url(route)+"app.css", etag); etag == "" || resp.StatusCode != http.StatusNotModified {
		t.Errorf("the same file again, with etag %q: %s", etag, resp.Status)
	}
	// Equal size and time in another release is another file.
	must(t, router.Switch(t.Context(), route.Name, site(t, "two", map[string]string{"app.css": "h{}"})))
	if resp = conditional(t, c, url(route)+"app.css", etag); resp.StatusCode != http.StatusOK {
		t.Errorf("a file of the next release, with the etag of the one before: %s", resp.Status)
	}
	if resp.Header.Get("Last-Modified") != "" {
		t.Error("it tells a time that says nothing about the file")
	}
	must(t, router.Switch(t.Context(), route.Name, deploy.Target{Release: "gone", Root: filepath.Join(t.TempDir(), "gone")}))
	wantAnswer(t, c, url(route), http.StatusInternalServerError, "")
	wantTraffic(t, router, route, "gone", deploy.Traffic{Requests: 1, Failed: 1})
}

func filesSwitched(t *testing.T, router deploy.Router) {
	route, c := open(t, router), client(t)
	content := func(id string) string { return strings.Repeat(id, 100_000) }
	one := site(t, "one", map[string]string{"index.html": content("1")})
	two := site(t, "two", map[string]string{"index.html": content("2")})
	must(t, router.Switch(t.Context(), route.Name, one))
	ctx, stop := context.WithCancel(t.Context())
	var asked atomic.Int64
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				resp, err := c.Get(url(route))
				if err != nil {
					t.Errorf("a request failed: %v", err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Errorf("an answer was cut short: %v", err)
					return
				}
				etag, got := resp.Header.Get("Etag"), string(body)
				if !(etag == `"one"` && got == content("1")) && !(etag == `"two"` && got == content("2")) {
					t.Errorf("an answer with etag %s has %d bytes, %.3s…", etag, len(got), got)
					return
				}
				asked.Add(1)
			}
		})
	}
	for i := range switches {
		target := two
		if i%2 == 1 {
			target = one
		}
		before := asked.Load()
		must(t, router.Switch(t.Context(), route.Name, target))
		eventually(t, "requests pass between two switches", func() bool { return asked.Load() > before+5 || t.Failed() })
	}
	stop()
	load.Wait()
}

func hiddenFiles(t *testing.T, router deploy.Router) {
	route, c := open(t, router), client(t)
	target := site(t, "one", map[string]string{
		"index.html": "one", ".env": "SECRET", ".git/config": "SECRET", ".well-known/security.txt": "mail us", "plain/a.txt": "a",
	})
	outside := filepath.Join(t.TempDir(), "secret.txt")
	must(t, os.WriteFile(outside, []byte("SECRET"), 0o600))
	must(t, os.Symlink(outside, filepath.Join(target.Root, "link.txt")))
	must(t, os.Symlink("plain/a.txt", filepath.Join(target.Root, "inside.txt")))
	must(t, syscall.Mkfifo(filepath.Join(target.Root, "pipe"), 0o644))
	must(t, router.Switch(t.Context(), route.Name, target))

	for _, path := range []string{".env", ".git/config", ".git/", "plain/", "plain/../.env", "%2e%2e/%2e%2e/secret.txt", "link.txt", "pipe", "a%00b"} {
		if status, body := get(t, c, url(route)+path); status < 400 || status >= 500 || strings.Contains(body, "SECRET") {
			t.Errorf("GET /%s answered %d %q", path, status, body)
		}
	}
	wantAnswer(t, c, url(route)+".well-known/security.txt", http.StatusOK, "mail us")
	wantAnswer(t, c, url(route)+"inside.txt", http.StatusOK, "a")
}

func conditional(t *testing.T, c *http.Client, url, etag string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	req.Header.Set("If-Modified-Since", time.Unix(2e9, 0).UTC().Format(http.TimeFormat))
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := c.Do(req)
	must(t, err)
	drain(resp)
	return resp
}
