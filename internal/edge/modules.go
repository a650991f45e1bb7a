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
)

// The identities of our modules.
const (
	releaseModule  = "http.handlers.gemba_release"
	upstreamModule = "http.reverse_proxy.upstreams.gemba"
)

// register makes our modules known to Caddy. They are made from prototypes
// that hold what they work with, which is how it reaches them without a global.
func (e *Edge) register() error {
	if _, err := caddy.GetModule(releaseModule); err == nil {
		return errors.New("this process has an edge already: caddy's modules are global")
	}
	caddy.RegisterModule(upstreamSource{})
	caddy.RegisterNetwork(network, e.entrances.caddyListener)
	var err error
	if e.handlers, err = newHandlers(e.options); err != nil {
		return err
	}
	caddy.RegisterModule(&releaseServer{table: e.table, conns: e.conns, handlers: e.handlers})
	return nil
}
