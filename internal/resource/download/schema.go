// Package download is the resource kind "download": a file that comes from an
// address, and is what its checksum says.
package download

import "gemba"

var schema = gemba.Schema{
	Kind: "download", Label: "the path of the file", LabelForm: gemba.LabelPath,
	Meaning: "A file that the host fetches from an address with curl or wget. It takes its place only when it has the declared checksum, and is fetched again when what is there has another one.",
	Example: `download "/usr/local/bin/tool" {
  url      = "https://dl.example.com/tool-1.4-linux-amd64"
  checksum = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
  mode     = "0755"
}`,
	Attributes: []gemba.Attribute{
		{Name: "url", Type: gemba.TypeText, Required: true, Secret: true, Example: `"https://dl.example.com/tool"`, Meaning: "Where it is: http, https, or file for one that is on the host."},
		{Name: "checksum", Type: gemba.TypeText, Required: true, Example: `"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`, Meaning: "What it is: sha256 or sha512 of its bytes, in hexadecimal digits."},
		{Name: "mode", Type: gemba.TypeText, Example: `"0755"`, Meaning: "Permissions, octal or symbolic. A new file without it gets 0644."},
		{Name: "owner", Type: gemba.TypeText, Refers: "user", Example: `"root"`, Meaning: "The user it belongs to. A new file without it belongs to root."},
		{Name: "group", Type: gemba.TypeText, Refers: "group", Example: `"www-data"`, Meaning: "The group it belongs to."},
	},
}
