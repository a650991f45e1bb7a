// Package kernelmodule is the resource kind "kernel_module": a part of the
// kernel that is loaded, or that never is.
package kernelmodule

import "gemba"

var schema = gemba.Schema{
	Kind: "kernel_module", Label: "the name of the module", LabelForm: gemba.LabelName,
	Meaning: "A module of the kernel that is loaded, from now on and after every start; or one that never is.",
	Example: `kernel_module "br_netfilter" {}`,
	Attributes: []gemba.Attribute{
		{Name: "options", Type: gemba.TypeText, Example: `"nf_conntrack_hashsize=65536"`, Meaning: "Its parameters. A module that is loaded already gets them with the next start."},
		{Name: "blacklist", Type: gemba.TypeBool, Example: "true", Meaning: "It is unloaded, and nothing can load it."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "Gemba does not have it loaded or kept out any more. The running kernel keeps what it has."},
	},
}
