// Package ini is the resource kind "ini": one setting of a file with sections
// that somebody else owns.
package ini

import "gemba"

var schema = gemba.Schema{
	Kind: "ini", Label: "any text that names it, such as \"section.key\"",
	Files:   true,
	Meaning: "One setting of a file of sections, or that it is not in there. Comments, order and line ends of the file stay as they are. Where a key is there several times the last one counts.",
	Example: `ini "mysqld.bind-address" {
  path    = "/etc/mysql/my.cnf"
  section = "mysqld"
  key     = "bind-address"
  value   = "127.0.0.1"
}`,
	Attributes: []gemba.Attribute{
		{Name: "path", Type: gemba.TypeText, Required: true, Example: `"/etc/mysql/my.cnf"`, Meaning: "The file that it is in; a link is followed."},
		{Name: "section", Type: gemba.TypeText, Example: `"mysqld"`, Meaning: "The section, without brackets; without it, what stands before the first one."},
		{Name: "key", Type: gemba.TypeText, Example: `"bind-address"`, Meaning: "The key. With `absent` and without it, the whole section is meant."},
		{Name: "value", Type: gemba.TypeText, Secret: true, Example: `"127.0.0.1"`, Meaning: "The value, as it stands in the file."},
		{Name: "separator", Type: gemba.TypeText, Default: " = ", Example: `"="`, Meaning: "What a new setting has between key and value; without the spaces around it, what is looked for."},
		{Name: "create", Type: gemba.TypeBool, Example: "true", Meaning: "A file that is not there is made, with 0644 and of root."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is no such setting."},
	},
}
