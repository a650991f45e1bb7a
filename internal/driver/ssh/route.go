package ssh

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

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

// hop completes a name with what the configuration says about it.
func (d *Dialer) hop(config config, alias, user string, port int, defaultUser string) (hop, error) {
	h := hop{name: alias, host: alias, user: user, port: port, timeout: d.options.Timeout, agent: d.options.AgentSocket}
	if name := config.get(alias, "HostName"); name != "" {
		h.host = strings.NewReplacer("%%", "%", "%h", alias).Replace(name)
	}
	if h.user == "" {
		h.user = config.get(alias, "User")
	}
	if h.user == "" {
		h.user = defaultUser
	}
	if h.port == 0 {
		h.port = 22
		if text := config.get(alias, "Port"); text != "" {
			var err error
			if h.port, err = parsePort(text); err != nil {
				return hop{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("Port of %s in the ssh configuration cannot be read", alias), err.Error(), "correct it")
			}
		}
	}
	if seconds, err := strconv.Atoi(config.get(alias, "ConnectTimeout")); err == nil && seconds > 0 {
		h.timeout = time.Duration(seconds) * time.Second
	}
	h.keyAlias = config.get(alias, "HostKeyAlias")
	h.only = strings.EqualFold(config.get(alias, "IdentitiesOnly"), "yes")
	tilde := d.expander(alias, h)
	if agent := config.get(alias, "IdentityAgent"); agent != "" && agent != "SSH_AUTH_SOCK" {
		h.agent = tilde(agent)
		if strings.EqualFold(agent, "none") {
			h.agent = ""
		}
	}
	h.identities = each(config.all(alias, "IdentityFile"), tilde)
	if len(h.identities) == 0 && d.options.Home != "" {
		for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
			h.identities = append(h.identities, filepath.Join(d.options.Home, ".ssh", name))
		}
	}
	h.certificates = each(config.all(alias, "CertificateFile"), tilde)
	h.knownHosts = d.options.KnownHosts
	if files := config.get(alias, "UserKnownHostsFile"); files != "" {
		h.knownHosts = each(strings.Fields(files), tilde)
	}
	return h, nil
}

// expander replaces what stands for something else in the paths of a configuration.
func (d *Dialer) expander(alias string, h hop) func(string) string {
	tokens := strings.NewReplacer("%%", "%", "%d", d.options.Home, "%h", h.host, "%n", alias, "%p", strconv.Itoa(h.port), "%r", h.user)
	return func(path string) string {
		if rest, ok := strings.CutPrefix(path, "~/"); ok && d.options.Home != "" {
			path = filepath.Join(d.options.Home, rest)
		}
		return tokens.Replace(path)
	}
}

func each(texts []string, change func(string) string) []string {
	var changed []string
	for _, text := range texts {
		changed = append(changed, change(text))
	}
	return changed
}
