// Package git is the resource kind "git": a working tree of a revision of a
// repository.
package git

import "gemba"

var schema = gemba.Schema{
	Kind: "git", Label: "the directory of the working tree", LabelForm: gemba.LabelPath,
	Meaning: "A working tree of a git repository at a revision. A branch is followed: every plan asks the repository where it is now. " +
		"Local changes of files are never overwritten, unless `force` says so; the tree is of a commit and on no branch.",
	Example: `git "/srv/guestbook" {
  repository = "https://git.example.com/guestbook.git"
  revision   = "v1.4"
  user       = "www-data"
}`,
	Attributes: []gemba.Attribute{
		{Name: "repository", Type: gemba.TypeText, Required: true, Example: `"https://git.example.com/guestbook.git"`, Meaning: "Where it comes from: https, http, ssh, git or file, USER@HOST:PATH, or a path on the host. Keys and passwords are those of the user."},
		{Name: "revision", Type: gemba.TypeText, Default: "HEAD", Example: `"v1.4"`, Meaning: "A branch, a tag, or all 40 digits of a commit; without it the branch that the repository itself is on."},
		{Name: "depth", Type: gemba.TypeNumber, Default: 0, Example: "1", Meaning: "How many commits of the history are fetched; 0 is all."},
		{Name: "user", Type: gemba.TypeText, Refers: "user", Example: `"www-data"`, Meaning: "Whom it belongs to, and whom git runs as; without it, root."},
		{Name: "force", Type: gemba.TypeBool, Default: false, Example: "true", Meaning: "Local changes of files are a difference, and are lost."},
	},
}
