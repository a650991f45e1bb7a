package web

import (
	stdbytes "bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"gemba"
)

//go:embed pages
var pageFiles embed.FS

// frame is what every page has around its content.
type frame struct {
	Title   string
	Area    string // the entry of the navigation that is marked: "overview", "runs", "hosts", "ledger"
	Version string
	Style   string
	Script  string
	Live    bool // the page changes while it is open
}

func (h *dashboard) frame(area, title string) frame {
	return frame{Title: title, Area: area, Version: h.version, Style: h.assets.Style, Script: h.assets.Script, Live: true}
}

// parsePages makes one set of templates for each page, with the parts that they share.
func parsePages(functions template.FuncMap) map[string]*template.Template {
	names := []string{"overview", "runs", "run", "tests", "log", "service", "environment", "hosts", "host", "ledger", "event", "error"}
	pages := make(map[string]*template.Template, len(names))
	for _, name := range names {
		t := template.New("frame.html").Funcs(functions)
		pages[name] = template.Must(t.ParseFS(pageFiles, "pages/frame.html", "pages/parts.html", "pages/"+name+".html"))
	}
	return pages
}

// answer handles one request; what it returns is shown as a page that says what to try.
type answer func(w http.ResponseWriter, r *http.Request) error

func (h *dashboard) page(f answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			h.fail(w, r, err)
		}
	})
}

// render writes a page, whole or not at all.
func (h *dashboard) render(w http.ResponseWriter, status int, name string, data any) error {
	var b stdbytes.Buffer
	if err := h.pages[name].Execute(&b, data); err != nil {
		return fmt.Errorf("drawing the page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the reader went away: nobody is left to tell
	return nil
}

type errorPage struct {
	frame
	What, Why, Try string
}

func (h *dashboard) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := errorPage{frame: h.frame("", "Something went wrong"), What: "This page could not be made", Why: err.Error()}
	var e *gemba.Error
	if errors.As(err, &e) {
		p.What, p.Why, p.Try = e.What, e.Why, e.Try
		if p.Why == "" && e.Err != nil {
			p.Why = e.Err.Error()
		}
	}
	p.Title, p.Live = p.What, false
	if err := h.render(w, statusOf(gemba.CodeOf(err)), "error", p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func statusOf(code gemba.Code) int {
	switch code {
	case gemba.Invalid:
		return http.StatusBadRequest
	case gemba.NotFound:
		return http.StatusNotFound
	case gemba.Conflict:
		return http.StatusConflict
	case gemba.Forbidden:
		return http.StatusForbidden
	case gemba.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func (h *dashboard) lost(_ http.ResponseWriter, r *http.Request) error {
	return gemba.Fail(gemba.NotFound, "There is no page at "+r.URL.Path, "The address may be mistyped, or what it showed is gone.", "")
}

// id reads a number from the path.
func id(r *http.Request, name string) (int64, error) {
	text := r.PathValue(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, gemba.Fail(gemba.NotFound, fmt.Sprintf("There is no %s %q", name, text), "It is named by a number.", "")
	}
	return n, nil
}

// count reads a number from the query; what is missing or is no number is the default.
func count(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}
