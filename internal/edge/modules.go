package edge

import (
	"errors"

	"github.com/caddyserver/caddy/v2"

	// The modules of Caddy that the configuration names; the rest stay out.
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/fileserver"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	_ "github.com/caddyserver/caddy/v2/modules/caddypki"
	_ "github.com/caddyserver/caddy/v2/modules/caddytls"
	_ "github.com/caddyserver/caddy/v2/modules/filestorage"

	"gemba/internal/edge/table"
)

// The identities of our modules.
const (
	releaseModule  = "http.handlers.gemba_release"
	upstreamModule = "http.reverse_proxy.upstreams.gemba"
)

// register makes our modules known to Caddy. They are made from prototypes
// that hold the table, which is how it reaches them without a global.
func register(t *table.Table) (*connections, error) {
	if _, err := caddy.GetModule(releaseModule); err == nil {
		return nil, errors.New("this process has an edge already: caddy's modules are global")
	}
	conns := &connections{}
	caddy.RegisterModule(&releaseServer{table: t, conns: conns})
	caddy.RegisterModule(upstreamSource{})
	return conns, nil
}
