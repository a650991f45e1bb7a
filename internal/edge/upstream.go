package edge

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"gemba/internal/edge/table"
)

// upstreamSource is the module "http.reverse_proxy.upstreams.gemba": it hands
// the target that the handler picked to Caddy's reverse proxy.
type upstreamSource struct{}

// CaddyModule implements caddy.Module.
func (upstreamSource) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: upstreamModule, New: func() caddy.Module { return new(upstreamSource) }}
}

// GetUpstreams implements reverseproxy.UpstreamSource. Caddy asks before every attempt.
func (upstreamSource) GetUpstreams(r *http.Request) ([]*reverseproxy.Upstream, error) {
	visit, ok := r.Context().Value(visitKey{}).(*table.Visit)
	if !ok {
		return nil, errors.New("the request did not come through " + releaseModule)
	}
	return []*reverseproxy.Upstream{{Dial: visit.Upstream()}}, nil
}
