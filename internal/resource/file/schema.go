// Package file is the resource kind "file": a regular file with its content,
// a symbolic or hard link, or the absence of either.
package file

import "gemba"

var schema = gemba.Schema{
	Kind: "file", Label: "the path of the file", LabelForm: gemba.LabelPath,
	Files: true,
	Meaning: "A file: its content, mode and owner; a link; or that there is none. What is not written is not managed: without `content`, `source` and `template` a " +
		"file that is there keeps its content, and an empty one is made where there is none.",
	Example: `file "/etc/guestbook/config.yaml" {
  template = "config.yaml.tmpl"
  vars     = { colour = "blue" }
  owner    = "root"
  group    = "www-data"
  mode     = "0640"
  validate = ["/usr/bin/guestbook", "check", "%"]
}`,
	Attributes: []gemba.Attribute{
		{Name: "content", Type: gemba.TypeText, Body: true, Secret: true, Example: `"hello\n"`, Meaning: "What is in it, to the byte."},
		{Name: "source", Type: gemba.TypeText, Into: "content", Example: `"files/motd"`, Meaning: "A file of the repository whose content it has; a relative path starts where this declaration file is."},
		{Name: "template", Type: gemba.TypeText, Into: "content", Template: true, Example: `"files/motd.tmpl"`, Meaning: "A template of the repository (Go's text/template), rendered with `vars`, `facts` and `host` before it goes to the host."},
		{Name: "vars", Type: gemba.TypeMap, Secret: true, Example: `{ colour = "blue" }`, Meaning: "What the template may use as `.vars.NAME`."},
		{Name: "mode", Type: gemba.TypeText, Example: `"0644"`, Meaning: "Permissions: octal, or symbolic as chmod takes them (`\"u=rw,go=r\"`, `\"g+w\"`). A new file without it gets 0644."},
		{Name: "owner", Type: gemba.TypeText, Refers: "user", Example: `"root"`, Meaning: "The user it belongs to, by name or number. A new file without it belongs to root."},
		{Name: "group", Type: gemba.TypeText, Refers: "group", Example: `"www-data"`, Meaning: "The group it belongs to, by name or number."},
		{Name: "validate", Type: gemba.TypeCommand, Example: `["/usr/sbin/visudo", "-cf", "%"]`, Meaning: "A command that has to end with 0 before the new content takes the place of the old; `%` is the path of the new one."},
		{Name: "backup", Type: gemba.TypeBool, Example: "true", Meaning: "Keep what was there beside it, as `NAME.TIME~`."},
		{Name: "link", Type: gemba.TypeText, Example: `"../sites-available/guestbook"`, Meaning: "It is a symbolic link to this."},
		{Name: "hard_link", Type: gemba.TypeText, Example: `"/usr/bin/vim.basic"`, Meaning: "It is the same file as this one."},
		{Name: "follow", Type: gemba.TypeBool, Example: "true", Meaning: "Where it is a symbolic link, what it leads to is managed instead."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is none. A directory of that name is not removed."},
	},
}
