package deploy

import (
	"fmt"
	"strconv"
	"strings"

	"gemba"
)

// ID names an instance so that whoever finds it knows what it is: a deploy that was cut short
// is taken up from what is observed alone.
type ID struct {
	Environment string
	Service     string
	Process     string
	Release     string // short identity
	Port        int    // 0: none
}

// String is "production.guestbook.web.77b0c1d.40123"; names of environments, services and processes have no dots.
func (id ID) String() string {
	return fmt.Sprintf("%s.%s.%s.%s.%d", id.Environment, id.Service, id.Process, id.Release, id.Port)
}

// ParseID reads what String wrote.
func ParseID(s string) (ID, bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 5 {
		return ID{}, false
	}
	port, err := strconv.Atoi(parts[4])
	return ID{parts[0], parts[1], parts[2], parts[3], port}, err == nil
}

func (id ID) of(release gemba.Release) bool { return id.Release == release.ID.Instance() }

// address of a web instance.
func (id ID) address() string { return "127.0.0.1:" + strconv.Itoa(id.Port) }
