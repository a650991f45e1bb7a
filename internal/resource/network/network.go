package network

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "network".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: "networkd",
		Observe: observe, Diff: diff, Apply: apply,
	}.Kind()
}

// declared is what is declared of an interface.
type declared struct {
	Name    string   `json:"name"`
	Address []string `json:"address"`
	Gateway []string `json:"gateway"`
	DNS     []string `json:"dns"`
	Domains []string `json:"domains"`
	Routes  []string `json:"routes"`
	DHCP    string   `json:"dhcp"`
	MTU     int      `json:"mtu"`
	Absent  bool     `json:"absent"`

	routes []route
}

// route is where packets for a network go; without a gateway it is reached directly.
type route struct{ to, via string }

func check(d *declared) error {
	if len(d.Name) > 15 || strings.ContainsAny(d.Name, "/ *?[") { // IFNAMSIZ; the others are patterns to networkd
		return fmt.Errorf("%q is no name of an interface: it has at most 15 letters, digits and signs", d.Name)
	}
	for _, a := range d.Address {
		if _, err := netip.ParsePrefix(a); err != nil {
			return fmt.Errorf("the address %q is none with the length of its network, such as \"10.0.7.11/24\"", a)
		}
	}
	for _, a := range slices.Concat(d.Gateway, d.DNS) {
		if _, err := netip.ParseAddr(a); err != nil {
			return fmt.Errorf("%q is no address, such as \"10.0.7.1\"", a)
		}
	}
	for _, domain := range d.Domains {
		if domain == "" || strings.ContainsAny(domain, " \t\r\n") {
			return fmt.Errorf("%q is no domain", domain)
		}
	}
	for _, text := range d.Routes {
		words := strings.Fields(text)
		r, ok := route{}, len(words) == 1 || len(words) == 3 && words[1] == "via"
		if ok {
			r.to = words[0]
			_, err := netip.ParsePrefix(r.to)
			ok = err == nil
		}
		if ok && len(words) == 3 {
			r.via = words[2]
			_, err := netip.ParseAddr(r.via)
			ok = err == nil
		}
		if !ok {
			return fmt.Errorf("the route %q is not NETWORK via GATEWAY, such as \"10.0.0.0/8 via 10.0.7.1\"", text)
		}
		d.routes = append(d.routes, r)
	}
	bare := d.Address == nil && d.Gateway == nil && d.DNS == nil && d.Domains == nil && d.Routes == nil && d.DHCP == "" && d.MTU == 0
	switch {
	case d.Absent && !bare:
		return errors.New("what is absent has nothing else")
	case !d.Absent && bare:
		return errors.New("it says nothing about the interface: give it address or dhcp")
	case !slices.Contains([]string{"", "yes", "no", "ipv4", "ipv6"}, d.DHCP):
		return errors.New(`dhcp is "yes", "no", "ipv4" or "ipv6"`)
	case d.MTU < 0 || d.MTU > 0 && d.MTU < 68: // RFC 791
		return errors.New("the mtu is at least 68 bytes")
	}
	return nil
}

const dir = "/etc/systemd/network"

func (d declared) file() string { return path.Join(dir, "10-gemba-"+d.Name+".network") }

// record holds what networkd was last told to read.
func (d declared) record() string { return path.Join(dir, ".10-gemba-"+d.Name+".loaded") }

// lines are the settings of the file: sections, keys and values, with the attributes that they come from.
func (d declared) lines() []setting {
	lines := []setting{{"Match", "Name", d.Name, "name"}}
	if d.MTU > 0 {
		lines = append(lines, setting{"Link", "MTUBytes", fmt.Sprint(d.MTU), "mtu"})
	}
	add := func(key, attribute string, values ...string) {
		for _, value := range values {
			lines = append(lines, setting{"Network", key, value, attribute})
		}
	}
	if d.DHCP != "" {
		add("DHCP", "dhcp", d.DHCP)
	}
	add("Address", "address", d.Address...)
	add("Gateway", "gateway", d.Gateway...)
	add("DNS", "dns", d.DNS...)
	if len(d.Domains) > 0 {
		add("Domains", "domains", strings.Join(d.Domains, " "))
	}
	for _, r := range d.routes {
		lines = append(lines, setting{"Route", "Destination", r.to, "routes"})
		if r.via != "" {
			lines = append(lines, setting{"Route", "Gateway", r.via, "routes"})
		}
	}
	return lines
}

type setting struct{ section, key, value, attribute string }

// text is the file. Every route is a section of its own.
func (d declared) text() string {
	var b strings.Builder
	section := ""
	for _, s := range d.lines() {
		if s.section != section || s.key == "Destination" {
			if section != "" {
				b.WriteString("\n")
			}
			section = s.section
			b.WriteString("[" + section + "]\n")
		}
		b.WriteString(s.key + "=" + s.value + "\n")
	}
	return b.String()
}

func needs(d declared) []resource.Token {
	return append(resource.Parents(d.file()), resource.Unit("systemd-networkd.service"))
}

func provides(d declared) []resource.Token { return []resource.Token{resource.Path(d.file())} }
