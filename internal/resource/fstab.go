package resource

import (
	"fmt"
	"strings"
)

// Mount is one line of fstab(5), its fields as they stand there.
type Mount struct {
	Device  string `json:"device"`
	Path    string `json:"path"`
	Type    string `json:"type"`
	Options string `json:"options"`
	Dump    string `json:"dump"`
	Pass    string `json:"pass"`
}

// ParseMount reads a line of fstab(5); false for a comment or an empty one.
func ParseMount(line string) (Mount, bool) {
	fields := strings.Fields(line)
	if len(fields) < 3 || strings.HasPrefix(fields[0], "#") {
		return Mount{}, false
	}
	if n := len(fields); n < 6 { // what is left out at the end has these values
		fields = append(fields, []string{"defaults", "0", "0"}[n-3:]...)
	}
	return Mount{DecodeMount(fields[0]), DecodeMount(fields[1]), fields[2], DecodeMount(fields[3]), fields[4], fields[5]}, true
}

func (m Mount) String() string {
	return fmt.Sprintf("%s %s %s %s %s %s", EncodeMount(m.Device), EncodeMount(m.Path), m.Type, EncodeMount(m.Options), m.Dump, m.Pass)
}

// EncodeMount writes a field of fstab(5), in which blanks and backslashes are octal.
func EncodeMount(field string) string {
	return strings.NewReplacer(`\`, `\134`, " ", `\040`, "\t", `\011`, "\n", `\012`).Replace(field)
}

// DecodeMount reads a field of fstab(5) or of the kernel's tables of mounts.
func DecodeMount(field string) string {
	return strings.NewReplacer(`\134`, `\`, `\040`, " ", `\011`, "\t", `\012`, "\n", `\043`, "#").Replace(field)
}
