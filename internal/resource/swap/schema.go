// Package swap is the resource kind "swap": a file or device that memory is
// moved out to.
package swap

import "gemba"

var schema = gemba.Schema{
	Kind: "swap", Label: "the path of the file or device", LabelForm: gemba.LabelPath,
	Meaning: "A file or device that memory is moved out to: its line in /etc/fstab, and on a running host that it is in use; or that it is not.",
	Example: `swap "/swapfile" {
  size = "2G"
}`,
	Attributes: []gemba.Attribute{
		{Name: "size", Type: gemba.TypeText, Example: `"2G"`, Meaning: "It is a file of this size, in K, M or G of 1024; one of another size is made anew. Without it, it is a device, or a file that is there."},
		{Name: "priority", Type: gemba.TypeNumber, Example: "10", Meaning: "Which is used first: the one with the larger number, up to 32767."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "It is not in use and has no line. A regular file is removed."},
	},
}
