// Package directory is the resource kind "directory": a directory with its
// mode and owner, what is below it where that is asked for, or that there is none.
package directory

import "gemba"

var schema = gemba.Schema{
	Kind: "directory", Label: "the path of the directory", LabelForm: gemba.LabelPath,
	Files:   true,
	Meaning: "A directory: its mode and owner, those of what is below it, that nothing else is in it; or that there is none. Where a link leads to a directory, that one is managed.",
	Example: `directory "/var/lib/guestbook" {
  owner = "guestbook"
  group = "guestbook"
  mode  = "0750"
}`,
	Attributes: []gemba.Attribute{
		{Name: "mode", Type: gemba.TypeText, Example: `"0755"`, Meaning: "Permissions: octal, or symbolic as chmod takes them. A new directory without it gets 0755."},
		{Name: "owner", Type: gemba.TypeText, Refers: "user", Example: `"root"`, Meaning: "The user it belongs to, by name or number."},
		{Name: "group", Type: gemba.TypeText, Refers: "group", Example: `"www-data"`, Meaning: "The group it belongs to, by name or number."},
		{Name: "parents", Type: gemba.TypeBool, Example: "true", Meaning: "Missing directories above it are made, of root and with 0755."},
		{Name: "recurse", Type: gemba.TypeBool, Example: "true", Meaning: "Mode, owner and group hold for all that is below as well. An octal mode makes a file executable only where it is already. Links are not followed and have no mode."},
		{Name: "purge", Type: gemba.TypeBool, Example: "true", Meaning: "What is in it and not declared is removed, whole trees of it."},
		{Name: "keep", Type: gemba.TypeTexts, Example: `["*.local"]`, Meaning: "With `purge`, names in it that stay, or patterns of them. What is declared in it stays without being written here."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is none. One that is not empty is not removed."},
		{Name: "force", Type: gemba.TypeBool, Example: "true", Meaning: "With `absent`, it is removed with all that is in it."},
	},
}
