package resource

import (
	"fmt"
	"strings"
)

// CheckAccountName holds the name of a user or group against what programs that read it can take: no option, no
// number, and nothing that parts the fields of passwd(5) and group(5).
func CheckAccountName(name string) error {
	const most = 32
	switch {
	case name == "" || len(name) > most:
		return fmt.Errorf("a name of an account has 1 to %d characters, %q does not", most, name)
	case name[0] == '-':
		return fmt.Errorf("%q begins with -, and would be read as an option", name)
	case strings.Trim(name, "0123456789") == "":
		return fmt.Errorf("%q is a number, and would be taken for an id", name)
	}
	for _, c := range name {
		if c <= ' ' || c == 0x7f || strings.ContainsRune(":,/\\\"'", c) {
			return fmt.Errorf("%q has %q in it, which no name of an account can have", name, c)
		}
	}
	return nil
}
