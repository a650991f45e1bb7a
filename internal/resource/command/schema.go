// Package command is the resource kind "command": something that is run when
// what it makes is not there, or when it is told that something has changed.
package command

import "gemba"

var schema = gemba.Schema{
	Kind: "command", Label: "what it does, in a word or a line",
	Meaning: "A command that is run. `creates`, `unless` and `only_if` say when there is nothing to do; they are asked in every plan and must change nothing. Without any of them " +
		"it runs at every apply. For what has a kind of its own, the kind is better: it shows what differs.",
	Example: `command "database schema" {
  run    = ["/usr/bin/guestbook", "migrate"]
  unless = ["/usr/bin/guestbook", "migrate", "--check"]
  user   = "www-data"
}`,
	Attributes: []gemba.Attribute{
		{Name: "run", Type: gemba.TypeCommand, Secret: true, Example: `["/usr/bin/guestbook", "migrate"]`, Meaning: "The command, as words: no shell sees it."},
		{Name: "script", Type: gemba.TypeText, Secret: true, Example: `"cd /srv && ./setup > log\n"`, Meaning: "A text that `sh -e` runs instead."},
		{Name: "creates", Type: gemba.TypeText, Example: `"/srv/guestbook/db.sqlite"`, Meaning: "What it makes: where this path is, there is nothing to do."},
		{Name: "unless", Type: gemba.TypeCommand, Secret: true, Example: `["/usr/bin/guestbook", "migrate", "--check"]`, Meaning: "A question: where it ends with 0, there is nothing to do."},
		{Name: "only_if", Type: gemba.TypeCommand, Secret: true, Example: `["test", "-e", "/etc/guestbook/enabled"]`, Meaning: "A question: where it does not end with 0, there is nothing to do."},
		{Name: "when_notified", Type: gemba.TypeBool, Example: "true", Meaning: "It runs only when something that notifies it has changed, and the other conditions hold."},
		{Name: "cwd", Type: gemba.TypeText, Example: `"/srv/guestbook"`, Meaning: "The directory that it and the questions run in."},
		{Name: "user", Type: gemba.TypeText, Refers: "user", Example: `"www-data"`, Meaning: "Whom it and the questions run as; without it, root."},
		{Name: "env", Type: gemba.TypeMap, Secret: true, Example: `{ LOG = "debug" }`, Meaning: "Variables of its environment, beside PATH, HOME and LANG."},
		{Name: "timeout", Type: gemba.TypeDuration, Default: "30m", Example: `"2h"`, Meaning: "How long it may take."},
	},
}
