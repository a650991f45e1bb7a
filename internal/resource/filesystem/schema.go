// Package filesystem is the resource kind "filesystem": what a block device
// is formatted with.
package filesystem

import "gemba"

var schema = gemba.Schema{
	Kind: "filesystem", Label: "the path of the device", LabelForm: gemba.LabelPath,
	Meaning: "A filesystem, or swap space, on a block device. A device that holds anything, be it another filesystem, a table of partitions or a part of a RAID, is never formatted, " +
		"unless `force` says so; one that is in use is not even then. In a root filesystem that is being baked nothing is formatted.",
	Example: `filesystem "/dev/disk/by-id/virtio-data" {
  type  = "ext4"
  label = "data"
}`,
	Attributes: []gemba.Attribute{
		{Name: "type", Type: gemba.TypeText, Required: true, OneOf: []string{"ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "swap"}, Example: `"ext4"`, Meaning: "What it is formatted with."},
		{Name: "label", Type: gemba.TypeText, Example: `"data"`, Meaning: "The name that is written in it."},
		{Name: "force", Type: gemba.TypeBool, Default: false, Example: "true", Meaning: "Format it even when it holds something else, which is lost."},
	},
}
