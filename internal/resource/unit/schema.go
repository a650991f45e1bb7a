// Package unit is the resource kind "unit": a unit of systemd, its file,
// whether it runs, and whether it is started with the system.
package unit

import "gemba"

var schema = gemba.Schema{
	Kind: "unit", Label: "the name of the unit; without a suffix it is a service", LabelForm: gemba.LabelName,
	Meaning: "A unit of systemd: a service, timer, socket, mount, or an instance of a template (`backup@home`). What it is told by `notify` reaches it only while it runs: " +
		"a start reads everything anew. A unit whose own file has changed is restarted where `running` is declared. In a root filesystem that is being baked, units are enabled and masked, and nothing runs.",
	Example: `unit "guestbook-backup.timer" {
  content = "[Timer]\nOnCalendar=daily\n\n[Install]\nWantedBy=timers.target\n"
  running = true
  enabled = true
}`,
	Attributes: []gemba.Attribute{
		{Name: "running", Type: gemba.TypeBool, Example: "true", Meaning: "Whether it runs."},
		{Name: "enabled", Type: gemba.TypeBool, Example: "true", Meaning: "Whether it is started with the system, or by what its [Install] section names."},
		{Name: "masked", Type: gemba.TypeBool, Example: "true", Meaning: "Whether nothing and nobody can start it."},
		{Name: "content", Type: gemba.TypeText, Body: true, Secret: true, Example: `"[Service]\nExecStart=/usr/bin/guestbook\n"`, Meaning: "Its whole file, in /etc/systemd/system."},
		{Name: "source", Type: gemba.TypeText, Into: "content", Example: `"units/guestbook.service"`, Meaning: "A file of the repository that is its file."},
		{Name: "template", Type: gemba.TypeText, Into: "content", Template: true, Example: `"units/guestbook.service.tmpl"`, Meaning: "A template of the repository that its file is rendered from."},
		{Name: "vars", Type: gemba.TypeMap, Secret: true, Example: `{ port = "8080" }`, Meaning: "What the template may use as `.vars.NAME`."},
		{Name: "override", Type: gemba.TypeText, Body: true, Secret: true, Example: `"[Service]\nMemoryMax=512M\n"`, Meaning: "What is said beside the file that it comes with, in a drop-in of its own."},
		{Name: "on_notify", Type: gemba.TypeText, Default: "reload-or-restart", OneOf: []string{"reload", "restart", "reload-or-restart"}, Example: `"restart"`, Meaning: "What happens when something that it is told of has changed."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "It does not run, is not enabled, and has neither a file nor a drop-in of ours. A file that a package brings stays."},
	},
}
