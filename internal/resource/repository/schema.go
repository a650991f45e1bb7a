// Package repository is the resource kind "repository": where apt finds
// packages, with the key that they are signed by.
package repository

import "gemba"

var schema = gemba.Schema{
	Kind: "repository", Label: "what the repository is called", LabelForm: gemba.LabelName,
	Files: true,
	Meaning: "A repository of Debian packages: the file /etc/apt/sources.list.d/NAME.sources, and its key in /etc/apt/keyrings. Packages of the same host are looked for in it: " +
		"their lists are updated after a change. Packages are trusted only when this key has signed them.",
	Example: `repository "caddy" {
  uris       = ["https://dl.example.com/caddy/deb"]
  suites     = ["any-version"]
  components = ["main"]
  key_file   = "keys/caddy.asc"
}`,
	Attributes: []gemba.Attribute{
		{Name: "uris", Type: gemba.TypeTexts, Example: `["https://deb.debian.org/debian"]`, Meaning: "Where it is; every address has the same packages."},
		{Name: "suites", Type: gemba.TypeTexts, Example: `["bookworm", "bookworm-updates"]`, Meaning: "Its suites. One that ends with a '/' is a directory, and has no components."},
		{Name: "components", Type: gemba.TypeTexts, Example: `["main"]`, Meaning: "The parts of each suite."},
		{Name: "architectures", Type: gemba.TypeTexts, Example: `["amd64"]`, Meaning: "The architectures to look for; without it those of the host."},
		{Name: "types", Type: gemba.TypeTexts, Default: []string{"deb"}, Example: `["deb", "deb-src"]`, Meaning: "Packages (\"deb\"), or sources (\"deb-src\")."},
		{Name: "key", Type: gemba.TypeText, Body: true, Example: `"-----BEGIN PGP PUBLIC KEY BLOCK-----\n…"`, Meaning: "The public key that signs it, armored or binary."},
		{Name: "key_file", Type: gemba.TypeText, Into: "key", Example: `"keys/caddy.asc"`, Meaning: "A file of the repository of this declaration that holds the key."},
		{Name: "signed_by", Type: gemba.TypeText, Example: `"/usr/share/keyrings/debian-archive-keyring.gpg"`, Meaning: "A file with the key that is on the host already."},
		{Name: "enabled", Type: gemba.TypeBool, Default: true, Example: "false", Meaning: "Whether apt looks into it."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is neither its file nor its key."},
	},
}
