package probe_test

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gemba/internal/driver/probe"
	"gemba/internal/monitor"
)

const plain = "text/plain; version=0.0.4; charset=utf-8"

func fetch(t *testing.T, handle http.HandlerFunc) (monitor.Text, error) {
	t.Helper()
	return probe.New(5*time.Second).Scrape(t.Context(), monitor.Target{Metrics: serve(t, handle) + "/metrics"})
}

func typed(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{contentType}
		fmt.Fprint(w, body)
	}
}

func TestMetricsAreFetchedWithTheirType(t *testing.T) {
	text, err := fetch(t, typed(plain, "a 1\n"))
	if err != nil || string(text.Body) != "a 1\n" || text.ContentType != plain {
		t.Fatalf("%+v, %v", text, err)
	}
}

func TestTheFormatsThatCanBeKeptAreAskedFor(t *testing.T) {
	var header http.Header
	_, err := fetch(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		typed(plain, "a 1\n")(w, r)
	})
	if err != nil {
		t.Fatal(err)
	}
	accept := header.Get("Accept")
	if !strings.HasPrefix(accept, "application/openmetrics-text;version=1.0.0") || !strings.Contains(accept, "text/plain;version=0.0.4") || strings.Contains(accept, "protobuf") {
		t.Errorf("Accept: %s", accept)
	}
	if got := header.Get("X-Prometheus-Scrape-Timeout-Seconds"); got != "5" {
		t.Errorf("timeout: %q", got)
	}
	if header.Get("Accept-Encoding") != "gzip" {
		t.Errorf("Accept-Encoding: %q", header.Get("Accept-Encoding"))
	}
}

func TestWhatIsNoMetricsIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		why    string
	}{
		"not found":      {http.NotFound, "answered 404"},
		"broken":         {answering(500, ""), "answered 500"},
		"html":           {typed("text/html; charset=utf-8", "<html>"), "answered text/html, which is no format of metrics"},
		"json":           {typed("application/json", "{}"), "answered application/json"},
		"no type":        {typed("", "a 1\n"), "content type"},
		"redirect":       {http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, "answered 302"},
		"too large":      {typed(plain, strings.Repeat("a 1\n", 10<<18+1)), "more than 10 MiB"},
		"too large, zip": {zipped(strings.Repeat("a 1\n", 10<<18+1)), "more than 10 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := fetch(t, c.handle)
			if err == nil || !strings.Contains(err.Error(), c.why) || text.Body != nil {
				t.Fatalf("%d bytes, %v", len(text.Body), err)
			}
		})
	}
}

func TestTenMebibytesAreStillRead(t *testing.T) {
	text, err := fetch(t, zipped(strings.Repeat("a 1\n", 10<<18)))
	if err != nil || len(text.Body) != 10<<20 {
		t.Fatalf("%d bytes, %v", len(text.Body), err)
	}
}

func zipped(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", plain)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		fmt.Fprint(z, body)
	}
}
