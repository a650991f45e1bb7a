package main

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T) (*Book, *httptest.Server) {
	t.Helper()
	book, err := OpenBook(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(NewSite(book))
	t.Cleanup(func() { server.Close(); book.Close() })
	return book, server
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestAVisitorSignsAndIsSeen(t *testing.T) {
	_, server := open(t)
	response, err := http.PostForm(server.URL, url.Values{"name": {"Ana"}, "text": {"Lovely <place>"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	_, page := get(t, server.URL)
	for _, want := range []string{"Ana", "Lovely &lt;place&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}

func TestTheFrontPageGreets(t *testing.T) {
	_, server := open(t)
	if status, page := get(t, server.URL); status != 200 || !strings.Contains(page, html.EscapeString(greeting)) {
		t.Errorf("answered %d without the greeting", status)
	}
}

func TestAnEmptyLineIsRefused(t *testing.T) {
	book, server := open(t)
	response, err := http.PostForm(server.URL, url.Values{"name": {"Ana"}, "text": {"  "}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("answered %d", response.StatusCode)
	}
	if entries, _ := book.Entries(); len(entries) != 0 {
		t.Errorf("kept %d entries", len(entries))
	}
}

func TestNewestComesFirstAndACutLineIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	book, err := OpenBook(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second"} {
		if err := book.Add(Entry{Name: name, Text: "x", Time: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, "entries.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"name":"cut`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	entries, err := book.Entries()
	if err != nil || len(entries) != 2 || entries[0].Name != "second" {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestHealthAndMetricsAnswer(t *testing.T) {
	_, server := open(t)
	if status, _ := get(t, server.URL+"/healthz"); status != 200 {
		t.Errorf("/healthz answered %d", status)
	}
	if _, text := get(t, server.URL+"/metrics"); !strings.Contains(text, "guestbook_entries 0") {
		t.Errorf("/metrics said %q", text)
	}
}
