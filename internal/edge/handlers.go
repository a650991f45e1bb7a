package edge

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

const (
	// tryDuration is how long a request waits for an upstream that does not
	// accept connections: long enough for a process that restarts.
	tryDuration = 3 * time.Second
	tryInterval = 100 * time.Millisecond
	// upstreamIdle is shorter than what common servers wait before they close
	// an idle connection (Gunicorn 2 s, Node 5 s), so that no request is sent
	// into a connection that is being closed.
	upstreamIdle = time.Second
)

// handlers are the handlers of Caddy that answer for releases. There is one of
// each for all routes, made outside the configuration: what Caddy replaces
// with a configuration, it cleans up, and a proxy that is cleaned up cuts its
// upgraded connections and its retries.
type handlers struct {
	proxy, files caddyhttp.MiddlewareHandler
	release      func() // gives both up
}

func newHandlers(o Options) (*handlers, error) {
	config, err := json.Marshal(base(o))
	if err != nil {
		return nil, fmt.Errorf("encoding caddy's configuration: %w", err)
	}
	var c caddy.Config
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, fmt.Errorf("decoding caddy's configuration: %w", err)
	}
	ctx, err := caddy.ProvisionContext(&c)
	if err != nil {
		return nil, fmt.Errorf("preparing caddy: %w", err)
	}
	ctx, cancel := caddy.NewContext(ctx)
	h := &handlers{release: cancel}
	if h.proxy, err = loadHandler(ctx, "reverse_proxy", proxy()); err == nil {
		h.files, err = loadHandler(ctx, "file_server", object{"index_names": []string{indexName}})
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return h, nil
}

func proxy() object {
	return object{
		"dynamic_upstreams": object{"source": "gemba"},
		"flush_interval":    -1,
		"load_balancing": object{
			"selection_policy": object{"policy": "first"},
			"try_duration":     int64(tryDuration),
			"try_interval":     int64(tryInterval),
		},
		"transport": object{"protocol": "http", "keep_alive": object{"idle_timeout": int64(upstreamIdle)}},
	}
}

func loadHandler(ctx caddy.Context, name string, config object) (caddyhttp.MiddlewareHandler, error) {
	raw, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("encoding caddy's handler %s: %w", name, err)
	}
	module, err := ctx.LoadModuleByID("http.handlers."+name, raw)
	if err != nil {
		return nil, fmt.Errorf("making caddy's handler %s: %w", name, err)
	}
	return module.(caddyhttp.MiddlewareHandler), nil
}
