// Package group is the resource kind "group": a group of users.
package group

import "gemba"

var schema = gemba.Schema{
	Kind: "group", Label: "the name of the group", LabelForm: gemba.LabelName,
	Meaning: "A group of users: its number and its members; or that there is none.",
	Example: `group "guestbook" {
  system  = true
  members = ["www-data"]
}`,
	Attributes: []gemba.Attribute{
		{Name: "gid", Type: gemba.TypeNumber, Example: "2000", Meaning: "Its number. Files keep the number that they have when it changes."},
		{Name: "system", Type: gemba.TypeBool, Example: "true", Meaning: "A new one gets a number of the system's range."},
		{Name: "members", Type: gemba.TypeTexts, Refers: "user", Example: `["www-data"]`, Meaning: "Exactly these users are in it, beside those whose primary group it is; others are taken out. To add a user and leave others alone, write `groups` of the user."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is none."},
	},
}
