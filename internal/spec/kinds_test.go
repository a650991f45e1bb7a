package spec

import (
	"github.com/hashicorp/hcl/v2"

	"gemba"
)

// kinds are kinds of resources for tests: each type, form of name and rule of attributes stands in one of them.
var kinds = []gemba.Schema{
	{Kind: "package", Label: "the package's name", LabelForm: gemba.LabelName, Meaning: "A package.", Example: `package "nginx" {}`, Attributes: []gemba.Attribute{
		{Name: "version", Type: gemba.TypeText, Example: `"1.24"`, Meaning: "The version."},
		{Name: "state", Type: gemba.TypeText, OneOf: []string{"installed", "absent", "latest"}, Default: "installed", Example: `"latest"`, Meaning: "What is to be."},
		{Name: "options", Type: gemba.TypeTexts, OneOf: []string{"recommends", "downgrade"}, Example: `["recommends"]`, Meaning: "How."},
	}},
	{Kind: "user", Label: "the user's name", LabelForm: gemba.LabelName, Meaning: "A user.", Example: "user \"guestbook\" {\n  system = true\n}", Attributes: []gemba.Attribute{
		{Name: "system", Type: gemba.TypeBool, Default: false, Example: "true", Meaning: "A system user."},
		{Name: "uid", Type: gemba.TypeNumber, Example: "1001", Meaning: "Its number."},
		{Name: "groups", Type: gemba.TypeTexts, Refers: "group", Example: `["adm"]`, Meaning: "More groups."},
		{Name: "password", Type: gemba.TypeText, Secret: true, Example: `"$6$…"`, Meaning: "The hash of the password."},
	}},
	{Kind: "group", Label: "the group's name", LabelForm: gemba.LabelName, Meaning: "A group.", Example: `group "guestbook" {}`},
	{Kind: "file", Label: "the file's path", LabelForm: gemba.LabelPath, Meaning: "A file.", Example: "file \"/etc/motd\" {\n  content = \"hello\"\n}", Attributes: []gemba.Attribute{
		{Name: "content", Type: gemba.TypeText, Body: true, Secret: true, Example: `"hello"`, Meaning: "What is in it."},
		{Name: "template", Type: gemba.TypeText, Into: "content", Template: true, Example: `"motd.tmpl"`, Meaning: "A template."},
		{Name: "vars", Type: gemba.TypeMap, Secret: true, Example: `{ a = "b" }`, Meaning: "Values of the template."},
		{Name: "owner", Type: gemba.TypeText, Refers: "user", Example: "user.guestbook", Meaning: "The owner."},
		{Name: "cluster", Type: gemba.TypeText, Refers: "cluster", Example: `"a"`, Meaning: "A kind that there is not yet."},
		{Name: "mode", Type: gemba.TypeText, Default: "0644", Example: `"0640"`, Meaning: "Permissions."},
	}},
	{Kind: "unit", Label: "the unit's name", LabelForm: gemba.LabelName, Meaning: "A unit.", Example: "unit \"nginx\" {\n  every = \"5m\"\n}", Attributes: []gemba.Attribute{
		{Name: "every", Type: gemba.TypeDuration, Default: "90s", Example: `"5m"`, Meaning: "How often."},
		{Name: "command", Type: gemba.TypeCommand, Example: `["/bin/true"]`, Meaning: "What runs."},
	}},
	{Kind: "note", Label: "any text", Meaning: "A note.", Example: "note \"what it is for\" {\n  text = \"…\"\n}", Attributes: []gemba.Attribute{
		{Name: "text", Type: gemba.TypeText, Required: true, Example: `"…"`, Meaning: "The note."},
	}},
}

// around is a profile in which the examples of settings have what they refer to.
func around(b *block) *neighbourhood {
	area := &neighbourhood{
		kinds: map[string]bool{}, block: b, file: "gemba.hcl", indexed: map[hcl.Range]bool{},
		declared: map[string]map[string]hcl.Range{"file": {"/etc/motd": {}}, "user": {"guestbook": {}}},
	}
	for _, k := range kinds {
		area.kinds[k.Kind] = true
	}
	return area
}
