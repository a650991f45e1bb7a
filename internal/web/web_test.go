package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gemba/internal/web"
)

func noon() time.Time { return time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC) }

// every page of a source that has runs.
func paths(m *memory) []string {
	list := []string{"/", "/runs", "/runs?service=guestbook", "/ledger", "/ledger?kind=step", "/ledger?run=214", "/ledger?subject=service/", "/nowhere"}
	for _, r := range m.runs {
		list = append(list, fmt.Sprintf("/runs/%d", r.ID), fmt.Sprintf("/runs/%d/tests", r.ID))
		for _, s := range r.Steps {
			list = append(list, fmt.Sprintf("/runs/%d/steps/%d/log", r.ID, s.Index))
		}
	}
	for _, e := range m.status.Environments {
		list = append(list, "/environments/"+e.Name)
		for _, d := range e.Deployments {
			list = append(list, "/services/"+url.PathEscape(d.Service))
		}
	}
	for _, e := range m.events {
		list = append(list, fmt.Sprintf("/events/%d", e.Seq))
	}
	return list
}

func get(t *testing.T, src web.Source, path string) (int, string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	w := httptest.NewRecorder()
	web.New(src, web.Options{Version: "0.1.0", Now: noon}).ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

func contains(t *testing.T, page string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(page, w) {
			t.Errorf("the page lacks %q:\n%s", w, page)
		}
	}
}

func TestEveryPageAnswers(t *testing.T) {
	m := busy(noon())
	for _, path := range paths(m) {
		want := http.StatusOK
		if path == "/nowhere" {
			want = http.StatusNotFound
		}
		if status, body := get(t, m, path); status != want {
			t.Errorf("%s answers %d:\n%s", path, status, body)
		}
	}
}
