// Package web is the dashboard: pages made by the server, live by
// server-sent events, whole without JavaScript, and read-only.
package web

import (
	"html/template"
	"net/http"
	"time"
)

// Options are what New needs besides its source.
type Options struct {
	Version string           // of Gemba, for the foot of each page
	Now     func() time.Time // nil: time.Now
}

// New returns the dashboard. It does not ask who is there: a Door around it does.
func New(src Source, o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &dashboard{src: src, version: o.Version, now: o.Now, assets: newAssets()}
	h.pages = parsePages(h.functions())
	return h.routes()
}

// dashboard answers requests. Its fields do not change after New, so it may
// answer many at the same time.
type dashboard struct {
	src     Source
	version string
	now     func() time.Time
	assets  *assets
	pages   map[string]*template.Template
}

func (h *dashboard) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", h.page(h.overview))
	mux.Handle("GET /runs", h.page(h.runs))
	mux.Handle("GET /runs/{run}", h.page(h.run))
	mux.Handle("GET /runs/{run}/tests", h.page(h.tests))
	mux.Handle("GET /runs/{run}/steps/{step}/log", h.page(h.log))
	mux.Handle("GET /runs/{run}/steps/{step}/log.txt", h.page(h.download))
	mux.Handle("GET /runs/{run}/steps/{step}/lines", h.page(h.lines))
	mux.Handle("GET /services/{name}", h.page(h.service))
	mux.Handle("GET /environments/{name}", h.page(h.environment))
	mux.Handle("GET /hosts", h.page(h.hosts))
	mux.Handle("GET /hosts/{name}", h.page(h.hostAnywhere))
	mux.Handle("GET /hosts/{environment}/{name}", h.page(h.host))
	mux.Handle("GET /ledger", h.page(h.ledger))
	mux.Handle("GET /events/{seq}", h.page(h.event))
	mux.HandleFunc("GET /live", h.live)
	mux.Handle("GET /assets/{name}", h.assets)
	mux.Handle("GET /", h.page(h.lost))
	return mux
}
