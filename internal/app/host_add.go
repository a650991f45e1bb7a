package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/converge"
	"gemba/internal/driver/ssh"
	"gemba/internal/wire"
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
	if ask.NoKey {
		return added, nil
	}
	added.Key, err = a.installKey(ctx, actor, link, host)
	return added, err
}

// installKey lets the server itself in, for what it does without anybody at a keyboard: an authorized_key, converged like any other.
func (a *App) installKey(ctx context.Context, actor string, link converge.Link, host gemba.Host) (string, error) {
	key, err := ssh.OwnKey(a.ownKey(), "gemba@"+hostname())
	if err != nil {
		return "", err
	}
	attributes, err := json.Marshal(map[string]string{"user": or(host.User, "root"), "key": key})
	if err != nil {
		return "", fmt.Errorf("encoding the server's own key: %w", err)
	}
	session, err := link.Worker(ctx, "converge")
	if err != nil {
		return "", err
	}
	var failed string
	order := wire.Order{
		Version: wire.ConvergeVersion, Host: host.Name, Holder: actor + " adds it", Run: "add", Apply: true,
		Items: []wire.Item{{Kind: "authorized_key", Name: "gemba", Attributes: attributes}},
	}
	result, err := converge.Deliver(ctx, session, order, &converge.Texts{}, func(news wire.News) {
		if news.Applied != nil && !news.Applied.Good() {
			failed = news.Applied.Error
		}
	})
	switch {
	case err != nil:
		return "", err
	case !result.Good():
		return "", gemba.Fail(gemba.Unavailable, "the server's own key could not be installed", or(failed, result.Error), "gemba host add --no-key, where the server is not to come by itself")
	}
	return key, nil
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "a server"
	}
	return name
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
