// Package archive is the resource kind "archive": what an archive holds,
// unpacked in a directory.
package archive

import "gemba"

var schema = gemba.Schema{
	Kind: "archive", Label: "the directory that it is unpacked in", LabelForm: gemba.LabelPath,
	Meaning: "What a tar or zip archive holds, unpacked in a directory. It is unpacked again when the archive is another one; what an earlier one has left there stays. " +
		"The file .gemba-archive in the directory says which one it was.",
	Example: `archive "/opt/tool" {
  path     = "/srv/downloads/tool-1.4.tar.gz"
  checksum = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
  strip    = 1
}`,
	Attributes: []gemba.Attribute{
		{Name: "content", Type: gemba.TypeText, Body: true, Example: `"…"`, Meaning: "The archive itself."},
		{Name: "source", Type: gemba.TypeText, Into: "content", Example: `"files/site.tar.gz"`, Meaning: "A file of the repository that is the archive."},
		{Name: "path", Type: gemba.TypeText, Example: `"/srv/downloads/tool-1.4.tar.gz"`, Meaning: "A file on the host that is the archive, such as that of a download."},
		{Name: "checksum", Type: gemba.TypeText, Example: `"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`, Meaning: "What the file at `path` has to be; it may be gone once it was unpacked."},
		{Name: "creates", Type: gemba.TypeText, Example: `"/opt/tool/bin/tool"`, Meaning: "A path that it makes: where that is missing it is unpacked again; where that is there, and was unpacked by somebody else, it is left alone."},
		{Name: "strip", Type: gemba.TypeNumber, Default: 0, Example: "1", Meaning: "How many leading directories of the names in a tar archive are left out."},
		{Name: "owner", Type: gemba.TypeText, Refers: "user", Example: `"www-data"`, Meaning: "The user that the directory and everything in it belongs to; without it what is unpacked belongs to root."},
		{Name: "group", Type: gemba.TypeText, Refers: "group", Example: `"www-data"`, Meaning: "The group that the directory and everything in it belongs to."},
	},
}
