package edge

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gemba/internal/deploy"
)

// object is one JSON object of Caddy's configuration
// (https://caddyserver.com/docs/json/); maps encode with sorted keys, so equal
// routes give equal bytes.
type object = map[string]any

// configure gives Caddy's configuration. Routes by port are not in it: they
// come through one server that is always there.
func configure(o Options, routes []deploy.Route, e *entrances) ([]byte, error) {
	var domains []deploy.Route
	for _, r := range routes {
		if r.Domain != "" {
			domains = append(domains, r)
		}
	}
	slices.SortFunc(domains, func(a, b deploy.Route) int { return strings.Compare(a.Name, b.Name) })
	servers := object{portsListener: portServer()}
	apps := object{"http": object{"servers": servers, "http_port": o.HTTPPort, "https_port": o.HTTPSPort}}
	if len(domains) > 0 {
		servers[httpsListener] = domainServer(domains, e)
		servers[httpListener] = redirectServer(o, domains)
		apps["tls"] = certificates(domains)
		apps["pki"] = authority()
	}
	config := base(o)
	config["apps"] = apps
	encoded, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("encoding caddy's configuration: %w", err)
	}
	return encoded, nil
}

// base is what every configuration has.
func base(o Options) object {
	return object{
		// No listener at all is safer than one that has to be guarded: the
		// configuration comes through caddy.Load, from within the process.
		"admin":   object{"disabled": true, "config": object{"persist": false}},
		"logging": object{"logs": object{"default": object{"level": "WARN", "exclude": []string{"admin"}}}},
		"storage": object{"module": "file_system", "root": filepath.Join(o.Dir, storageName)},
	}
}

// portServer answers on the ports of loopback, whatever the Host is.
func portServer() object {
	return object{
		"listen":          []string{listen(portsListener)},
		"protocols":       []string{"h1"},
		"automatic_https": object{"disable": true},
		"routes":          []object{{"handle": []object{{"handler": "gemba_release"}}}},
	}
}

// domainServer answers for all domains, over TLS.
func domainServer(domains []deploy.Route, e *entrances) object {
	var routes []object
	for _, r := range domains {
		routes = append(routes, object{
			"match":    []object{{"host": []string{r.Domain}}},
			"handle":   []object{{"handler": "gemba_release", "route": r.Name}},
			"terminal": true,
		})
	}
	addresses, protocols := []string{listen(httpsListener)}, [][]string{{"h1", "h2"}}
	if e.quic != nil {
		addresses = append(addresses, fmt.Sprintf("fdgram/%d", e.quicFD))
		protocols = append(protocols, []string{"h3"})
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
func redirectServer(o Options, domains []deploy.Route) object {
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
		"listen":          []string{listen(httpListener)},
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

func listen(name string) string { return network + "/" + name + ":1" }
