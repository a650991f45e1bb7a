// Package firewall is the resource kind "firewall": one table of nftables, in
// its file and in the kernel.
package firewall

import "gemba"

var schema = gemba.Schema{
	Kind: "firewall", Label: "what the rules are called", LabelForm: gemba.LabelName,
	Files: true,
	Meaning: "One table of nftables: the file /etc/nftables.d/NAME.nft, which /etc/nftables.conf includes, and what the kernel has loaded of it. It is tried before it takes its place, and is loaded in one step; " +
		"other tables are not touched. What somebody has changed in the kernel is a difference as well. For the rules to be there after a boot, the unit nftables has to be enabled.",
	Example: `firewall "web" {
  content = <<-END
    table inet web {
      chain input {
        type filter hook input priority 0; policy accept;
        tcp dport 8080 ip saddr != 10.0.0.0/8 drop
      }
    }
  END
}`,
	Attributes: []gemba.Attribute{
		{Name: "content", Type: gemba.TypeText, Body: true, Example: `"table inet web { }\n"`, Meaning: "The table, as nft(8) reads it. It holds this one table, and may begin with `define` lines."},
		{Name: "source", Type: gemba.TypeText, Into: "content", Example: `"firewall/web.nft"`, Meaning: "A file of the repository that is the table."},
		{Name: "template", Type: gemba.TypeText, Into: "content", Template: true, Example: `"firewall/web.nft.tmpl"`, Meaning: "A template of the repository that the table is rendered from."},
		{Name: "vars", Type: gemba.TypeMap, Secret: true, Example: `{ port = "8080" }`, Meaning: "What the template may use as `.vars.NAME`."},
		{Name: "table", Type: gemba.TypeText, Example: `"inet filter"`, Meaning: "The family and the name of the table; without it \"inet\" and the label, every '-' and '.' of which is a '_'."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is neither the file nor the table."},
	},
}
