// Package line is the resource kind "line": one line of a text file that
// somebody else owns.
package line

import "gemba"

var schema = gemba.Schema{
	Kind: "line", Label: "any text that names it",
	Files:   true,
	Meaning: "One line of a text file, or that it is not in there. The rest of the file stays as it is: its line ends, its mode, its owner. A file of which you know the whole is better declared as `file`.",
	Example: `line "no root by password" {
  path  = "/etc/ssh/sshd_config"
  match = "^#?PermitRootLogin "
  line  = "PermitRootLogin prohibit-password"
}`,
	Attributes: []gemba.Attribute{
		{Name: "path", Type: gemba.TypeText, Required: true, Example: `"/etc/ssh/sshd_config"`, Meaning: "The file that it is in; a link is followed."},
		{Name: "line", Type: gemba.TypeText, Secret: true, Example: `"PermitRootLogin no"`, Meaning: "The whole line, without its end."},
		{Name: "match", Type: gemba.TypeText, Example: `"^#?PermitRootLogin "`, Meaning: "A regular expression (RE2). The last line that it matches is replaced by `line`, unless `line` is there already and is not matched itself; with `absent`, every line that it matches is taken out."},
		{Name: "after", Type: gemba.TypeText, Example: `"^# Authentication"`, Meaning: "A new line comes after the last line that this regular expression matches; at the end where none does."},
		{Name: "before", Type: gemba.TypeText, Example: `"^Match "`, Meaning: "A new line comes before the last line that this regular expression matches, or at the beginning with `\"BOF\"`."},
		{Name: "create", Type: gemba.TypeBool, Example: "true", Meaning: "A file that is not there is made, with 0644 and of root."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is no such line."},
	},
}
