package edge

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gemba/internal/deploy"
)

// object is one JSON object of Caddy's configuration
// (https://caddyserver.com/docs/json/); maps encode with sorted keys, so equal
// routes give equal bytes.
type object = map[string]any

const (
	// streamCloseDelay keeps upgraded connections open over a change of the
	// configuration, which may concern another route altogether.
	streamCloseDelay = 30 * 24 * time.Hour
	// tryDuration is how long a request waits for an upstream that does not
	// accept connections: long enough for a process that restarts.
	tryDuration = 3 * time.Second
	tryInterval = 100 * time.Millisecond
	// upstreamIdle is shorter than what common servers wait before they close
	// an idle connection (Gunicorn 2 s, Node 5 s), so that no request is sent
	// into a connection that is being closed.
	upstreamIdle = time.Second
)

// configure gives Caddy's configuration for routes whose sockets are open.
func configure(o Options, routes []deploy.Route, s *sockets) ([]byte, error) {
	routes = slices.Clone(routes)
	slices.SortFunc(routes, func(a, b deploy.Route) int { return strings.Compare(a.Name, b.Name) })
	servers, domains := object{}, []deploy.Route{}
	for _, r := range routes {
		if r.Domain != "" {
			domains = append(domains, r)
			continue
		}
		servers["port-"+strconv.Itoa(r.Port)] = portServer(r, s)
	}
	apps := object{"http": object{"servers": servers, "http_port": o.HTTPPort, "https_port": o.HTTPSPort}}
	if len(domains) > 0 {
		servers["https"] = domainServer(o, domains, s)
		servers["http"] = redirectServer(o, domains, s)
		apps["tls"] = certificates(domains)
		apps["pki"] = authority()
	}
	config, err := json.Marshal(object{
		// No listener at all is safer than one that has to be guarded: the
		// configuration comes through caddy.Load, from within the process.
		"admin":   object{"disabled": true, "config": object{"persist": false}},
		"logging": object{"logs": object{"default": object{"level": "WARN", "exclude": []string{"admin"}}}},
		"storage": object{"module": "file_system", "root": filepath.Join(o.Dir, storageName)},
		"apps":    apps,
	})
	if err != nil {
		return nil, fmt.Errorf("encoding caddy's configuration: %w", err)
	}
	return config, nil
}

// portServer answers on a port of loopback, whatever the Host is.
func portServer(r deploy.Route, s *sockets) object {
	return object{
		"listen":          []string{listen("fd", portAddress(r.Port), s)},
		"protocols":       []string{"h1"},
		"automatic_https": object{"disable": true},
		"routes":          []object{{"handle": []object{releaseHandler(r)}}},
	}
}

// domainServer answers for all domains, over TLS.
func domainServer(o Options, domains []deploy.Route, s *sockets) object {
	var routes []object
	for _, r := range domains {
		routes = append(routes, object{
			"match":    []object{{"host": []string{r.Domain}}},
			"handle":   []object{releaseHandler(r)},
			"terminal": true,
		})
	}
	addresses, protocols := []string{listen("fd", httpsAddress(o), s)}, [][]string{{"h1", "h2"}}
	if _, ok := s.fd(udpAddress(o)); ok {
		addresses, protocols = append(addresses, listen("fdgram", udpAddress(o), s)), append(protocols, []string{"h3"})
	}
	return object{
		"listen":                  addresses,
		"listen_protocols":        protocols,
		"tls_connection_policies": []object{{}},
		"automatic_https":         object{"disable_redirects": true},
		"routes":                  append(routes, object{"handle": []object{unknownHost()}}),
	}
}

// redirectServer sends plain HTTP to HTTPS. Caddy answers ACME challenges
// before any route.
func redirectServer(o Options, domains []deploy.Route, s *sockets) object {
	var hosts []string
	for _, r := range domains {
		hosts = append(hosts, r.Domain)
	}
	authority := "{http.request.host}"
	if o.HTTPSPort != 443 {
		authority += ":" + strconv.Itoa(o.HTTPSPort)
	}
	redirect := object{
		"handler":     "static_response",
		"status_code": 308,
		"headers":     object{"Location": []string{"https://" + authority + "{http.request.uri}"}},
	}
	return object{
		"listen":          []string{listen("fd", httpAddress(o), s)},
		"protocols":       []string{"h1"},
		"automatic_https": object{"disable": true},
		"routes": []object{
			{"match": []object{{"host": hosts}}, "handle": []object{redirect}, "terminal": true},
			{"handle": []object{unknownHost()}},
		},
	}
}

// unknownHost is Misdirected Request (RFC 9110, section 15.5.20).
func unknownHost() object {
	return object{
		"handler":     "static_response",
		"status_code": 421,
		"headers":     object{"Content-Type": []string{"text/plain; charset=utf-8"}},
		"body":        "no service answers to this name here\n",
	}
}

// releaseHandler leads a route to its release.
func releaseHandler(r deploy.Route) object {
	return object{
		"handler": "gemba_release",
		"route":   r.Name,
		"files":   object{"handler": "file_server", "index_names": []string{indexName}},
		"proxy": object{
			"handler":            "reverse_proxy",
			"dynamic_upstreams":  object{"source": "gemba"},
			"flush_interval":     -1,
			"stream_close_delay": int64(streamCloseDelay),
			"load_balancing": object{
				"selection_policy": object{"policy": "first"},
				"try_duration":     int64(tryDuration),
				"try_interval":     int64(tryInterval),
			},
			"transport": object{"protocol": "http", "keep_alive": object{"idle_timeout": int64(upstreamIdle)}},
		},
	}
}

// certificates lets the edge's own authority sign the names that no public one does.
func certificates(domains []deploy.Route) object {
	var local []string
	for _, r := range domains {
		if localOnly(r.Domain) {
			local = append(local, r.Domain)
		}
	}
	if len(local) == 0 {
		return object{}
	}
	return object{"automation": object{"policies": []object{
		{"subjects": local, "issuers": []object{{"module": "internal"}}},
	}}}
}

// authority keeps the edge's own authority out of the machine's trust store.
func authority() object {
	return object{"certificate_authorities": object{"local": object{
		"name": "Gemba edge", "root_common_name": "Gemba edge, local authority", "install_trust": false,
	}}}
}

func listen(network string, a address, s *sockets) string {
	fd, _ := s.fd(a)
	return network + "/" + strconv.Itoa(int(fd))
}
