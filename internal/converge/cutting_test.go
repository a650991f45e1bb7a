package converge

import (
	"encoding/json"
	"slices"
	"testing"

	"gemba"
	"gemba/internal/wire"
)

func TestChangesThatMayCutTheLinkAreKnown(t *testing.T) {
	for _, c := range []struct {
		kind, name, attributes string
		cuts                   bool
	}{
		{"file", "/etc/ssh/sshd_config", `{}`, true},
		{"file", "/etc/ssh/sshd_config.d/10-port.conf", `{}`, true},
		{"file", "/etc/sshfs.conf", `{}`, false},
		{"directory", "/etc/ssh", `{}`, true},
		{"directory", "/etc", `{"purge":true}`, true},
		{"directory", "/etc", `{}`, false},
		{"line", "no passwords", `{"path":"/etc/ssh/sshd_config"}`, true},
		{"ini", "dns", `{"path":"/etc/systemd/network/10-eth0.network"}`, true},
		{"block", "hosts", `{"path":"/etc/hosts"}`, false},
		{"file", "/etc/nftables.conf", `{}`, true},
		{"file", "/etc/nftables.d/web.nft", `{}`, true},
		{"file", "/etc/sudoers.d/ana", `{}`, true},
		{"file", "/etc/sudoers", `{}`, true},
		{"file", "/etc/pam.d/sshd", `{}`, true},
		{"file", "/etc/motd", `{}`, false},
		{"firewall", "web", `{}`, true},
		{"resolver", "internal", `{}`, true},
		{"network", "eth0", `{}`, true},
		{"unit", "ssh", `{}`, true},
		{"unit", "ssh.service", `{}`, true},
		{"unit", "ssh.socket", `{}`, true},
		{"unit", "systemd-networkd.service", `{}`, true},
		{"unit", "nginx", `{}`, false},
		{"user", "deploy", `{}`, true},
		{"user", "ana", `{}`, false},
		{"authorized_key", "laptop", `{"user":"deploy"}`, true},
		{"authorized_key", "laptop", `{"user":"ana"}`, false},
		{"file", "/home/deploy/.ssh/authorized_keys", `{}`, true},
		{"file", "/home/ana/.ssh/authorized_keys", `{}`, false},
		{"package", "nginx", `{}`, false},
	} {
		order := wire.Order{User: "deploy", Items: []wire.Item{{Kind: c.kind, Name: c.name, Attributes: json.RawMessage(c.attributes)}}}
		plan := gemba.HostPlan{Changes: []gemba.Change{{Resource: gemba.Address(c.kind, c.name), Kind: c.kind, Name: c.name}}}
		if got := len(Cutting(order, plan)) > 0; got != c.cuts {
			t.Errorf("%s %s %s: %v", c.kind, c.name, c.attributes, got)
		}
		if c.name == "/etc/ssh/sshd_config" && !slices.Contains(Readers(order, plan), "ssh.service") {
			t.Error("nobody reads sshd_config")
		}
	}
}
