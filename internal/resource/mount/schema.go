// Package mount is the resource kind "mount": a file system at a place of the
// tree, as fstab(5) has it and as it is mounted.
package mount

import "gemba"

var schema = gemba.Schema{
	Kind: "mount", Label: "the path that it is mounted on", LabelForm: gemba.LabelPath,
	Meaning: "A file system at a place of the tree: its line in /etc/fstab, and whether it is mounted now; or that there is none.",
	Example: `mount "/srv/data" {
  device  = "UUID=0a3407de-014b-458b-b5c1-848e92a327a3"
  type    = "ext4"
  options = "noatime,nofail"
  mounted = true
}`,
	Attributes: []gemba.Attribute{
		{Name: "device", Type: gemba.TypeText, Example: `"UUID=0a3407de-014b-458b-b5c1-848e92a327a3"`, Meaning: "What is mounted: a device, `UUID=…`, `LABEL=…`, or what a network file system has."},
		{Name: "type", Type: gemba.TypeText, Example: `"ext4"`, Meaning: "The type of the file system."},
		{Name: "options", Type: gemba.TypeText, Secret: true, Example: `"noatime,nofail"`, Meaning: "Its options, with commas between them. A new line without it gets `defaults`."},
		{Name: "dump", Type: gemba.TypeNumber, Example: "0", Meaning: "Whether dump(8) saves it. A new line without it gets 0."},
		{Name: "pass", Type: gemba.TypeNumber, Example: "2", Meaning: "When it is checked at a start: 1 for the root file system, 2 for others, 0 for never. A new line without it gets 0."},
		{Name: "mounted", Type: gemba.TypeBool, Example: "true", Meaning: "Whether it is mounted now, on a running host. What its line says anew then holds at once. Without it, only the line is managed."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "It is unmounted, and has no line."},
	},
}
