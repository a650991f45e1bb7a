package edge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"gemba/internal/deploy"
	"gemba/internal/edge/table"
)

// releaseServer is the module "http.handlers.gemba_release": it leads each
// request of a route to the release that the route leads to at that moment.
type releaseServer struct {
	Route string `json:"route,omitempty"` // empty: that of the port by which the request came

	table    *table.Table
	conns    *connections
	handlers *handlers
}

// CaddyModule implements caddy.Module.
func (s *releaseServer) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: releaseModule, New: func() caddy.Module {
		return &releaseServer{table: s.table, conns: s.conns, handlers: s.handlers}
	}}
}

// Provision implements caddy.Provisioner.
func (s *releaseServer) Provision(ctx caddy.Context) error {
	server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok {
		return errors.New(releaseModule + " belongs into a server")
	}
	server.RegisterConnState(s.conns.changed)
	return nil
}

// route names the route of a request; "" when its port has none any more.
func (s *releaseServer) route(r *http.Request) string {
	if s.Route != "" {
		return s.Route
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return ""
	}
	return s.table.OnPort(local.Port)
}

// visitKey finds the visit of a request in its context.
type visitKey struct{}

// ServeHTTP implements caddyhttp.MiddlewareHandler. It counts the request
// with its release until the last byte, of an upgraded connection too.
func (s *releaseServer) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	route := s.route(r)
	visit := s.table.Enter(route)
	if route == "" {
		w.Header().Set("Connection", "close")
		return writePage(w, http.StatusMisdirectedRequest, "nothing is to be found here any more", "")
	}
	if visit == nil {
		return writePage(w, http.StatusServiceUnavailable, "nothing is deployed here yet",
			route+" has no release. The next `gemba ship` brings one.")
	}
	answer := watch(w)
	// Caddy panics with http.ErrAbortHandler to cut an answer short, so the
	// visit has to end, and be judged, in a deferred call.
	defer func() { visit.Leave(answer.failed(r)) }()
	err := s.serve(answer, r.WithContext(context.WithValue(r.Context(), visitKey{}, visit)), visit)
	if err != nil && answer.status == 0 {
		err = explain(answer, err, route, visit.Target())
	}
	answer.returned = true
	return err
}

func (s *releaseServer) serve(w http.ResponseWriter, r *http.Request, visit *table.Visit) error {
	if target := visit.Target(); target.Root != "" {
		return s.serveFiles(w, r, target)
	}
	return s.handlers.proxy.ServeHTTP(w, r, nothing)
}

// explain answers with a page for what an upstream or the files did not answer.
func explain(w http.ResponseWriter, err error, route string, target deploy.Target) error {
	status := http.StatusBadGateway
	var handler caddyhttp.HandlerError
	if errors.As(err, &handler) && handler.StatusCode != 0 {
		status = handler.StatusCode
	}
	switch {
	case status == http.StatusNotFound:
		return writePage(w, status, "there is no such page here", "")
	case status < 500:
		return writePage(w, status, http.StatusText(status), "")
	case target.Root != "":
		return writePage(w, status, "the files of the service cannot be read", "See `gemba status`.")
	case status == http.StatusGatewayTimeout:
		return writePage(w, status, "the service did not answer in time", "")
	}
	return writePage(w, status, "the service does not answer",
		route+" is deployed, but its process does not accept requests. See `gemba status` and `gemba logs`.")
}

// nothing ends a chain of handlers.
var nothing = caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })

// writePage answers with a few words of plain text.
func writePage(w http.ResponseWriter, status int, what, more string) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Del("Etag")
	if more != "" {
		what += "\n\n" + more
	}
	w.WriteHeader(status)
	_, err := fmt.Fprintln(w, what)
	return err
}
