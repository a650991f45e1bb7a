// Package user is the resource kind "user": an account of a person or a
// service.
package user

import "gemba"

var schema = gemba.Schema{
	Kind: "user", Label: "the name of the user", LabelForm: gemba.LabelName,
	Meaning: "An account of a person or a service, or that there is none. What is not written is not managed; a new user gets what the host's useradd gives.",
	Example: `user "ana" {
  comment = "Ana Lima"
  groups  = ["sudo"]
  shell   = "/bin/bash"
}`,
	Attributes: []gemba.Attribute{
		{Name: "uid", Type: gemba.TypeNumber, Example: "2000", Meaning: "Its number. When it changes, what is in the home directory changes with it, and nothing else."},
		{Name: "group", Type: gemba.TypeText, Refers: "group", Example: `"guestbook"`, Meaning: "Its primary group, by name or number. A new user without it gets a group of its own name."},
		{Name: "groups", Type: gemba.TypeTexts, Refers: "group", Example: `["sudo", "adm"]`, Meaning: "Groups that it is in as well. It stays in others, unless `exact_groups` is written."},
		{Name: "exact_groups", Type: gemba.TypeBool, Example: "true", Meaning: "It is in `groups` and its primary group alone."},
		{Name: "home", Type: gemba.TypeText, Example: `"/var/lib/guestbook"`, Meaning: "The path of its home directory."},
		{Name: "create_home", Type: gemba.TypeBool, Example: "true", Meaning: "Make the home directory where it is missing, with what /etc/skel has. Without it, it is made together with a new user who is not a system's."},
		{Name: "move_home", Type: gemba.TypeBool, Example: "true", Meaning: "When `home` changes, what is in the old one moves to the new one, unless that is there already."},
		{Name: "shell", Type: gemba.TypeText, Example: `"/usr/sbin/nologin"`, Meaning: "The path of its login shell."},
		{Name: "comment", Type: gemba.TypeText, Example: `"Ana Lima"`, Meaning: "The full name, or what it is for."},
		{Name: "system", Type: gemba.TypeBool, Example: "true", Meaning: "A new one gets a number of the system's range and no home directory."},
		{Name: "password", Type: gemba.TypeText, Secret: true, Example: `secret.key`, Meaning: "The hash of its password, as `openssl passwd -6` prints it; `\"*\"` for none."},
		{Name: "password_when", Type: gemba.TypeText, Default: "always", OneOf: []string{"create", "always"}, Example: `"create"`, Meaning: "`create`: the password is set where there is none, and then it is the user's to change."},
		{Name: "locked", Type: gemba.TypeBool, Example: "true", Meaning: "Whether logging in with the password is locked. Keys work nevertheless: `expires` locks those out as well."},
		{Name: "expires", Type: gemba.TypeText, Example: `"2027-01-31"`, Meaning: "The day from which on nobody can log in, or `\"never\"`."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is no such user. Its files stay."},
		{Name: "remove_home", Type: gemba.TypeBool, Example: "true", Meaning: "With `absent`, its home directory and its mail go as well."},
	},
}
