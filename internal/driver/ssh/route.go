package ssh

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"gemba"
)

// jumpsAtMost is more than anybody needs, and ends a configuration that jumps in circles.
const jumpsAtMost = 8

// route finds the hops to a host. What the host declares wins over the configuration.
func (d *Dialer) route(host gemba.Host) (route, error) {
	if host.Address == "" {
		return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("host %q has no address", host.Name), "a host that is reached by SSH needs one", "give it an address")
	}
	config, err := readConfig(d.options.ConfigFiles)
	if err != nil {
		return nil, err
	}
	target, err := d.hop(config, host.Address, host.User, host.Port, "root")
	if err != nil {
		return nil, err
	}
	if host.Name != "" {
		target.name = host.Name
	}
	jump := host.Jump
	if jump == "" {
		if jump, err = config.jump(host.Address); err != nil {
			return nil, err
		}
	}
	before, err := d.jumps(config, jump, 0)
	if err != nil {
		return nil, fmt.Errorf("way to %s: %w", target, err)
	}
	return append(before, target), nil
}

// jumps finds the hops of a ProxyJump. As with ssh, the first one's own ProxyJump counts too.
func (d *Dialer) jumps(config config, jump string, depth int) (route, error) {
	if jump == "" || strings.EqualFold(jump, "none") {
		return nil, nil
	}
	var hops route
	for i, text := range strings.Split(jump, ",") {
		user, alias, port, err := parseJump(strings.TrimSpace(text))
		if err != nil {
			return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("jump host %q cannot be read", text), err.Error(), "write it as USER@HOST:PORT")
		}
		if i == 0 {
			own, err := config.jump(alias)
			if err != nil {
				return nil, err
			}
			if depth >= jumpsAtMost && own != "" {
				return nil, gemba.Fail(gemba.Invalid, "the jump hosts go in a circle", fmt.Sprintf("%s is reached through itself", alias), "look at ProxyJump in the ssh configuration")
			}
			if hops, err = d.jumps(config, own, depth+1); err != nil {
				return nil, err
			}
		}
		next, err := d.hop(config, alias, user, port, d.options.User)
		if err != nil {
			return nil, err
		}
		hops = append(hops, next)
	}
	return hops, nil
}

// parseJump reads [ssh://][user@]host[:port].
func parseJump(text string) (user, host string, port int, err error) {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "ssh://"), "/")
	if i := strings.LastIndex(text, "@"); i >= 0 {
		user, text = text[:i], text[i+1:]
	}
	host = text
	if h, p, splitErr := net.SplitHostPort(text); splitErr == nil {
		host = h
		if port, err = parsePort(p); err != nil {
			return "", "", 0, err
		}
	}
	host = strings.Trim(host, "[]")
	if host == "" {
		return "", "", 0, fmt.Errorf("it names no host")
	}
	return user, host, port, nil
}

func parsePort(text string) (int, error) {
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("%q is no port", text)
	}
	return port, nil
}
