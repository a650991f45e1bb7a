package edge

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"gemba"
	"gemba/internal/deploy"
)

// normalRoute checks a route by itself and returns it as it is kept: its
// domain in lower case, in ASCII.
func normalRoute(r deploy.Route) (deploy.Route, error) {
	switch {
	case r.Name == "":
		return r, badRoute(r, "it has no name")
	case (r.Domain == "") == (r.Port == 0):
		return r, badRoute(r, "it needs either a domain or a port")
	case r.Port < 0 || r.Port > 65535:
		return r, badRoute(r, fmt.Sprintf("there is no port %d", r.Port))
	case r.Domain == "":
		return r, nil
	}
	domain, err := normalDomain(r.Domain)
	if err != nil {
		return r, badRoute(r, fmt.Sprintf("%q is not a domain: %v", r.Domain, err))
	}
	r.Domain = domain
	return r, nil
}

func normalDomain(domain string) (string, error) {
	if ip, err := netip.ParseAddr(domain); err == nil {
		return ip.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil {
		return "", err
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 {
			return "", fmt.Errorf("a part of it is empty or too long")
		}
	}
	if strings.ContainsAny(ascii, "*{}:/ ") || len(ascii) > 253 {
		return "", fmt.Errorf("it holds what a name cannot")
	}
	return ascii, nil
}

func badRoute(r deploy.Route, why string) error {
	return gemba.Fail(gemba.Invalid, "the route "+r.Name+" is wrong", why, "")
}

// checkFree refuses a way in that another route has, open or shut.
func (e *Edge) checkFree(route deploy.Route) error {
	for _, other := range e.table.Routes() {
		if other.Name == route.Name {
			continue
		}
		if route.Port != 0 && other.Port == route.Port {
			return gemba.Fail(gemba.Conflict, fmt.Sprintf("port %d has a route already", route.Port),
				"it leads to "+other.Name, "choose another port for "+route.Name)
		}
		if route.Domain != "" && other.Domain == route.Domain {
			return gemba.Fail(gemba.Conflict, "the domain "+route.Domain+" has a route already",
				"it leads to "+other.Name, "choose another domain for "+route.Name)
		}
	}
	return nil
}

// localOnly reports whether no public authority gives certificates for a
// name, so that the edge's own has to: RFC 6761, RFC 6762, and ".internal".
func localOnly(domain string) bool {
	if net.ParseIP(domain) != nil || !strings.Contains(domain, ".") {
		return true
	}
	for _, suffix := range []string{".localhost", ".test", ".internal", ".local", ".home.arpa"} {
		if strings.HasSuffix(domain, suffix) {
			return true
		}
	}
	return false
}
