// Package cron is the resource kind "cron": a command that cron runs at its
// times, in a file of its own.
package cron

import "gemba"

var schema = gemba.Schema{
	Kind: "cron", Label: "the name of the file in /etc/cron.d: letters, digits, _ and -", LabelForm: gemba.LabelName,
	Files:   true,
	Meaning: "A command that cron runs at its times, as `/etc/cron.d/NAME`, which is wholly Gemba's; or that there is no such file.",
	Example: `cron "guestbook-report" {
  schedule = "15 6 * * 1-5"
  user     = "guestbook"
  command  = "/usr/bin/guestbook report --day $(date +%F)"
  env      = { MAILTO = "ops@example.com" }
}`,
	Attributes: []gemba.Attribute{
		{Name: "schedule", Type: gemba.TypeText, Example: `"15 6 * * 1-5"`, Meaning: "When: minute, hour, day of the month, month and day of the week, in the host's time; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, `@reboot`."},
		{Name: "user", Type: gemba.TypeText, Refers: "user", Default: initialUser, Example: `"guestbook"`, Meaning: "Whom it runs as."},
		{Name: "command", Type: gemba.TypeText, Secret: true, Example: `"/usr/bin/guestbook report"`, Meaning: "What /bin/sh runs, on one line. A `%` is a `%`: what cron would make of it is kept away."},
		{Name: "env", Type: gemba.TypeMap, Secret: true, Example: `{ MAILTO = "ops@example.com" }`, Meaning: "Its environment, and what cron itself reads of it, such as MAILTO and PATH."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is no such file."},
	},
}
