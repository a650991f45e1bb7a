package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

const greeting = "Welcome. Leave a line!"

//go:embed page.html
var pageText string

// Site is the guestbook's pages.
type Site struct {
	book     *Book
	page     *template.Template
	requests atomic.Int64
	mux      *http.ServeMux
}

// NewSite returns the handler of a book's pages.
func NewSite(book *Book) *Site {
	s := &Site{book: book, page: template.Must(template.New("page").Parse(pageText)), mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /{$}", s.front)
	s.mux.HandleFunc("POST /{$}", s.sign)
	s.mux.HandleFunc("GET /healthz", s.health)
	s.mux.HandleFunc("GET /metrics", s.metrics)
	return s
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	s.mux.ServeHTTP(w, r)
}

func (s *Site) front(w http.ResponseWriter, _ *http.Request) {
	entries, err := s.book.Entries()
	if err != nil {
		http.Error(w, "the book cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := s.page.Execute(w, map[string]any{"Greeting": greeting, "Entries": entries}); err != nil {
		fmt.Println("writing the page:", err)
	}
}

func (s *Site) sign(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	e := Entry{Name: strings.TrimSpace(r.FormValue("name")), Text: strings.TrimSpace(r.FormValue("text")), Time: time.Now().UTC()}
	if e.Name == "" || e.Text == "" || len(e.Name) > 80 || len(e.Text) > 2000 {
		http.Error(w, "a name of up to 80 and a line of up to 2,000 characters, please", http.StatusBadRequest)
		return
	}
	if err := s.book.Add(e); err != nil {
		http.Error(w, "the book cannot be written", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Site) health(w http.ResponseWriter, _ *http.Request) {
	if _, err := s.book.Entries(); err != nil {
		http.Error(w, "the book cannot be read", http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, "ok")
}

// metrics are in the Prometheus text format.
func (s *Site) metrics(w http.ResponseWriter, _ *http.Request) {
	entries, err := s.book.Entries()
	if err != nil {
		http.Error(w, "the book cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintf(w, "# HELP guestbook_entries Lines in the book.\n# TYPE guestbook_entries gauge\nguestbook_entries %d\n", len(entries))
	fmt.Fprintf(w, "# HELP guestbook_requests_total Requests answered.\n# TYPE guestbook_requests_total counter\nguestbook_requests_total %d\n", s.requests.Load())
}
