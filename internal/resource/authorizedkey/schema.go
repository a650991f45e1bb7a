// Package authorizedkey is the resource kind "authorized_key": a key with
// which people log in as a user by SSH.
package authorizedkey

import "gemba"

var schema = gemba.Schema{
	Kind: "authorized_key", Label: "any text that names it",
	Files:   true,
	Meaning: "A public key with which people log in as a user by SSH, or that it does not let anybody in. The comment of a key is no part of it.",
	Example: `authorized_key "ana's laptop" {
  user = "ana"
  key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8nGL7yrIsjUXSWrMDX5i1n4uJ8c0h8f7Ri1kBkzKeV ana@laptop"
}`,
	Attributes: []gemba.Attribute{
		{Name: "user", Type: gemba.TypeText, Required: true, Refers: "user", Example: `"ana"`, Meaning: "Whom it logs in as."},
		{Name: "key", Type: gemba.TypeText, Required: true, Example: `"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8nGL7yrIsjUXSWrMDX5i1n4uJ8c0h8f7Ri1kBkzKeV ana@laptop"`, Meaning: "The public key as a `.pub` file has it: its type, its text, and a comment."},
		{Name: "options", Type: gemba.TypeText, Example: `"from=\"10.0.0.0/8\",no-pty"`, Meaning: "What sshd allows with it, as in `AUTHORIZED_KEYS FILE FORMAT` of sshd(8); `\"\"` for everything."},
		{Name: "exclusive", Type: gemba.TypeBool, Example: "true", Meaning: "No other keys of the user let anybody in: they are taken out, beside those that are declared."},
		{Name: "keep", Type: gemba.TypeTexts, Example: `["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8nGL7yrIsjUXSWrMDX5i1n4uJ8c0h8f7Ri1kBkzKeV"]`, Meaning: "With `exclusive`, other keys that stay. Those that are declared stay without being written here."},
		{Name: "path", Type: gemba.TypeText, Example: `"/etc/ssh/keys/ana"`, Meaning: "The file that it is in, where it is not `.ssh/authorized_keys` of the user's home."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "It lets nobody in."},
	},
}
