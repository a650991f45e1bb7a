package filesystem

import (
	"fmt"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "filesystem".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply, AtStart: atStart,
	}.Kind()
}

// declared is what is declared of a device.
type declared struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Label string `json:"label"`
	Force bool   `json:"force"`

	tools tools
}

// tools are the programs of one type of filesystem.
type tools struct {
	pack    string   // the package that they come with
	longest int      // label, in bytes
	format  []string // the command, before the device
	force   string   // what makes it overwrite what is there
	named   string   // what a label follows
	label   func(device, label string) []string
}

// toolsOf knows the types.
func toolsOf(kind string) (tools, bool) {
	after := func(words ...string) func(string, string) []string {
		return func(device, label string) []string { return append(append([]string{}, words...), device, label) }
	}
	before := func(words ...string) func(string, string) []string {
		return func(device, label string) []string { return append(append([]string{}, words...), label, device) }
	}
	switch kind {
	case "ext2", "ext3", "ext4":
		return tools{"e2fsprogs", 16, []string{"mkfs." + kind, "-q"}, "-F", "-L", after("e2label")}, true
	case "xfs":
		return tools{"xfsprogs", 12, []string{"mkfs.xfs", "-q"}, "-f", "-L", before("xfs_admin", "-L")}, true
	case "btrfs":
		return tools{"btrfs-progs", 255, []string{"mkfs.btrfs", "-q"}, "-f", "-L", after("btrfs", "filesystem", "label")}, true
	case "vfat":
		return tools{"dosfstools", 11, []string{"mkfs.vfat"}, "-I", "-n", after("fatlabel")}, true
	case "swap":
		return tools{"util-linux", 16, []string{"mkswap"}, "-f", "-L", before("swaplabel", "-L")}, true
	}
	return tools{}, false
}

func check(d *declared) error {
	var known bool
	if d.tools, known = toolsOf(d.Type); !known {
		return fmt.Errorf("%q is no type of a filesystem: ext2, ext3, ext4, xfs, btrfs, vfat or swap", d.Type)
	}
	switch {
	case len(d.Label) > d.tools.longest:
		return fmt.Errorf("the label %q is longer than the %d bytes that %s has for it", d.Label, d.tools.longest, d.Type)
	case strings.HasPrefix(d.Label, "-") || strings.ContainsFunc(d.Label, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%q is no label", d.Label)
	case d.Type == "vfat" && d.Label != strings.ToUpper(d.Label):
		return fmt.Errorf("the label of a vfat has no small letters: %q", strings.ToUpper(d.Label))
	}
	return nil
}

func needs(d declared) []resource.Token {
	return append(resource.Parents(d.Name), resource.Package(d.tools.pack), resource.Package("util-linux"))
}

func provides(d declared) []resource.Token { return []resource.Token{resource.Path(d.Name)} }

// atStart is what a root filesystem leaves to the start of a host.
func atStart(declared, observed) *gemba.Residue {
	return &gemba.Residue{What: "only the host has the device: converging it there formats it"}
}
