// Package block is the resource kind "block": some lines of a text file that
// somebody else owns, between two marks.
package block

import "gemba"

var schema = gemba.Schema{
	Kind: "block", Label: "any text that names it, and that stands in the marks",
	Files:   true,
	Meaning: "Some lines of a text file between two marks, or that they are not in there. What is outside of the marks stays as it is.",
	Example: `block "guestbook" {
  path    = "/etc/hosts"
  content = "10.0.0.1 db.internal\n10.0.0.2 cache.internal\n"
}`,
	Attributes: []gemba.Attribute{
		{Name: "path", Type: gemba.TypeText, Required: true, Example: `"/etc/hosts"`, Meaning: "The file that it is in; a link is followed."},
		{Name: "content", Type: gemba.TypeText, Secret: true, Example: `"10.0.0.1 db.internal\n"`, Meaning: "The lines. Their ends become those that the file has."},
		{Name: "marker", Type: gemba.TypeText, Default: "# {mark} gemba {name}", Example: `"<!-- {mark} {name} -->"`, Meaning: "The lines around it: `{mark}` becomes BEGIN and END, and `{name}` the block's name."},
		{Name: "after", Type: gemba.TypeText, Example: `"^127\\.0\\.0\\.1"`, Meaning: "A new block comes after the last line that this regular expression matches; at the end where none does."},
		{Name: "before", Type: gemba.TypeText, Example: `"^Match "`, Meaning: "A new block comes before the last line that this regular expression matches, or at the beginning with `\"BOF\"`."},
		{Name: "create", Type: gemba.TypeBool, Example: "true", Meaning: "A file that is not there is made, with 0644 and of root."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is no such block, and no marks of it."},
	},
}
