package app

import (
	"context"
	"net"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/converge"
)

// AddHost makes a host known: it pins its key, signs in, finds out what it is, and says what is missing to be ready.
func (a *App) AddHost(ctx context.Context, actor string, ask contract.AddHost) (contract.AddedHost, error) {
	host, err := parseHost(ask.Address)
	if err != nil {
		return contract.AddedHost{}, err
	}
	host.Jump = ask.Jump
	ways := a.waysFor(ask.Agent)
	added := contract.AddedHost{Host: host}
	if added.Fingerprint, err = ways.ssh.Pin(ctx, host); err != nil {
		return added, err
	}
	a.record(ctx, gemba.Event{Actor: actor, Kind: "host.pinned", Subject: "host/" + host.Address}, map[string]any{"fingerprint": added.Fingerprint})
	link, err := ways.dial(ctx, host)
	if err != nil {
		return added, err
	}
	defer link.Close()
	if added.Facts, err = converge.Facts(ctx, link); err != nil {
		return added, err
	}
	added.Missing = missing(added.Facts)
	return added, nil
}

// parseHost reads [user@]host[:port], as people give it.
func parseHost(address string) (gemba.Host, error) {
	host := gemba.Host{Kind: gemba.HostSSH}
	rest := address
	if user, after, found := strings.Cut(rest, "@"); found {
		host.User, rest = user, after
	}
	host.Address = rest
	if name, port, err := net.SplitHostPort(rest); err == nil {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return host, gemba.Fail(gemba.Invalid, "the port of "+address+" is no port", "it is a number from 1 to 65535", "gemba host add root@10.0.0.11:22")
		}
		host.Address, host.Port = name, n
	}
	host.Address = strings.Trim(host.Address, "[]")
	if host.Address == "" || strings.HasPrefix(host.Address, "-") || strings.ContainsAny(host.Address, " \t\n") {
		return host, gemba.Fail(gemba.Invalid, address+" is no host", "expected [user@]host[:port]", "gemba host add root@10.0.0.11")
	}
	host.Name = host.Address
	return host, nil
}

// missing says what a host lacks of what profiles usually need.
func missing(facts map[string]string) []string {
	var lacks []string
	switch facts["distribution"] {
	case "debian", "ubuntu":
	default:
		lacks = append(lacks, "packages are managed on Debian and its like; this is "+or(facts["distribution"], "something else"))
	}
	if facts["init"] != "systemd" {
		lacks = append(lacks, "systemd does not run: units cannot be managed")
	}
	return lacks
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
