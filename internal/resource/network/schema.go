// Package network is the resource kind "network": how systemd-networkd
// configures one interface.
package network

import "gemba"

var schema = gemba.Schema{
	Kind: "network", Label: "the name of the interface", LabelForm: gemba.LabelName,
	Files: true,
	Meaning: "How systemd-networkd configures an interface: the file /etc/systemd/network/10-gemba-NAME.network, which goes before all others. The unit systemd-networkd has to run. " +
		"Whoever changes the address that a host is reached by loses it: nothing is taken back by itself.",
	Example: `network "eth1" {
  address = ["10.0.7.11/24"]
  dns     = ["10.0.7.1"]
  routes  = ["10.0.0.0/8 via 10.0.7.1"]
}`,
	Attributes: []gemba.Attribute{
		{Name: "address", Type: gemba.TypeTexts, Example: `["10.0.7.11/24", "fd00::11/64"]`, Meaning: "Its addresses, with the length of their networks."},
		{Name: "gateway", Type: gemba.TypeTexts, Example: `["10.0.7.1"]`, Meaning: "Where everything goes that has no route; one for IPv4, one for IPv6."},
		{Name: "dns", Type: gemba.TypeTexts, Example: `["10.0.7.1"]`, Meaning: "The addresses of name servers."},
		{Name: "domains", Type: gemba.TypeTexts, Example: `["example.com"]`, Meaning: "Where names without a dot are looked for; `~NAME` sends the questions about a domain to these servers."},
		{Name: "routes", Type: gemba.TypeTexts, Example: `["10.0.0.0/8 via 10.0.7.1"]`, Meaning: "Routes: NETWORK via GATEWAY, or a NETWORK that is reached directly."},
		{Name: "dhcp", Type: gemba.TypeText, OneOf: []string{"yes", "no", "ipv4", "ipv6"}, Example: `"ipv4"`, Meaning: "Whether it is configured by a server of the network."},
		{Name: "mtu", Type: gemba.TypeNumber, Example: "1420", Meaning: "The largest packet, in bytes."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is no such file: other files, or nothing, configure it."},
	},
}
