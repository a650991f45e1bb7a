package ssh

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gemba"
)

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
