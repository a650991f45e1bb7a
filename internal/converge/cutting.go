package converge

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/wire"
)

// road is something that the way to a host leads over: what lies at a path, and the units that read it.
type road struct {
	path  string // itself, and what lies below it; with a '*' at the end, all that begins so
	units []string
}

func roads() []road {
	return []road{
		{"/etc/ssh", []string{"ssh.service"}},
		{"/etc/systemd/system/ssh*", []string{"ssh.service"}},
		{"/etc/nftables*", []string{"nftables.service"}},
		{"/etc/iptables", nil},
		{"/etc/ufw", []string{"ufw.service"}},
		{"/etc/systemd/network", []string{"systemd-networkd.service"}},
		{"/etc/netplan", nil},
		{"/etc/network", []string{"networking.service"}},
		{"/etc/NetworkManager", []string{"NetworkManager.service"}},
		{"/etc/resolv.conf", nil},
		{"/etc/hosts.allow", nil}, {"/etc/hosts.deny", nil},
		{"/etc/sudoers*", nil},
		{"/etc/pam.d", nil}, {"/etc/security", nil}, {"/etc/nsswitch.conf", nil},
		{"/etc/passwd", nil}, {"/etc/shadow", nil}, {"/etc/group", nil},
	}
}

// cuttingKinds are the kinds whose every change may cut the link.
func cuttingKinds() []string { return []string{"firewall", "network", "resolver"} }

// cuttingUnits are the units without which nobody comes in.
func cuttingUnits() []string {
	return []string{"ssh", "sshd", "systemd-networkd", "networking", "NetworkManager", "nftables", "ufw", "firewalld", "iptables", "systemd-resolved"}
}

// subject is what of a resource decides whether a change of it may cut the link.
type subject struct {
	kind, name string
	path       string // of a kind that is named by something else
	user       string
	purge      bool
}

func subjectOf(kind, name string, attributes json.RawMessage) subject {
	var set struct {
		Path  string `json:"path"`
		User  string `json:"user"`
		Purge bool   `json:"purge"`
	}
	_ = json.Unmarshal(attributes, &set) // another kind's settings may have other types
	s := subject{kind: kind, name: name, path: set.Path, user: set.User, purge: set.Purge}
	if s.path == "" && strings.HasPrefix(name, "/") {
		s.path = name
	}
	return s
}

// mayCut reports whether a change may cut the link of who signs in as a user, and the units that read what it changes.
func (s subject) mayCut(user string) (bool, []string) {
	switch {
	case slices.Contains(cuttingKinds(), s.kind):
		return true, nil
	case s.kind == "unit":
		stem := strings.TrimSuffix(s.name, path.Ext(s.name))
		if ext := path.Ext(s.name); ext != ".service" && ext != ".socket" {
			stem = s.name
		}
		return slices.Contains(cuttingUnits(), stem), nil
	case s.kind == "user":
		return s.name == user, nil
	case s.kind == "authorized_key" && s.user == user:
		return true, nil
	}
	return s.onARoad(user)
}

func (s subject) onARoad(user string) (bool, []string) {
	if s.path == "" {
		return false, nil
	}
	for _, r := range append(roads(), road{path: home(user) + "/.ssh"}) {
		prefix, open := strings.CutSuffix(r.path, "*")
		below := s.path == r.path || strings.HasPrefix(s.path, r.path+"/") || open && strings.HasPrefix(s.path, prefix)
		above := s.kind == "directory" && s.purge && strings.HasPrefix(r.path, strings.TrimSuffix(s.path, "/")+"/")
		if below || above {
			return true, r.units
		}
	}
	return false, nil
}

// home is where a user usually lives.
func home(user string) string {
	if user == "root" {
		return "/root"
	}
	return "/home/" + user
}

// Cutting are the addresses of the changes of a plan that may cut the link.
func Cutting(order wire.Order, plan gemba.HostPlan) []string {
	addresses, _ := cutting(order, plan)
	return addresses
}

// Readers are the units that read what these changes write.
func Readers(order wire.Order, plan gemba.HostPlan) []string {
	_, units := cutting(order, plan)
	return units
}

func cutting(order wire.Order, plan gemba.HostPlan) (addresses, units []string) {
	user := order.User
	if user == "" {
		user = "root"
	}
	attributes := map[string]json.RawMessage{}
	for _, item := range order.Items {
		attributes[item.Address()] = item.Attributes
	}
	for _, c := range plan.Changes {
		cuts, readers := subjectOf(c.Kind, c.Name, attributes[c.Resource]).mayCut(user)
		if !cuts {
			continue
		}
		addresses = append(addresses, c.Resource)
		for _, unit := range readers {
			if !slices.Contains(units, unit) {
				units = append(units, unit)
			}
		}
	}
	return addresses, units
}
