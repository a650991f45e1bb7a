package resource

import (
	"fmt"
	"strconv"
	"strings"
)

func (e *ExitError) Error() string {
	message := fmt.Sprintf("%s exited with %d", strings.Join(e.Argv, " "), e.Code)
	if said := strings.TrimSpace(string(e.Stderr)); said != "" {
		message += ": " + said
	}
	return message
}

// User returns the user of a name.
func (a Accounts) User(name string) (Account, bool) {
	for _, u := range a.Users {
		if u.Name == name {
			return u, true
		}
	}
	return Account{}, false
}

// Group returns the group of a name.
func (a Accounts) Group(name string) (AccountGroup, bool) {
	for _, g := range a.Groups {
		if g.Name == name {
			return g, true
		}
	}
	return AccountGroup{}, false
}

// UID is the number of a user, who may be given as one.
func (a Accounts) UID(name string) (int, error) {
	if n, err := strconv.Atoi(name); err == nil && n >= 0 {
		return n, nil
	}
	if u, ok := a.User(name); ok {
		return u.UID, nil
	}
	return 0, fmt.Errorf("there is no user %q", name)
}

// GID is the number of a group, which may be given as one.
func (a Accounts) GID(name string) (int, error) {
	if n, err := strconv.Atoi(name); err == nil && n >= 0 {
		return n, nil
	}
	if g, ok := a.Group(name); ok {
		return g.GID, nil
	}
	return 0, fmt.Errorf("there is no group %q", name)
}

// UserName is the name of a user's number, or the number.
func (a Accounts) UserName(uid int) string {
	for _, u := range a.Users {
		if u.UID == uid {
			return u.Name
		}
	}
	return strconv.Itoa(uid)
}

// GroupName is the name of a group's number, or the number.
func (a Accounts) GroupName(gid int) string {
	for _, g := range a.Groups {
		if g.GID == gid {
			return g.Name
		}
	}
	return strconv.Itoa(gid)
}

// The ranges from which useradd and groupadd take numbers (login.defs(5), as Debian has them).
const (
	firstSystem, lastSystem = 100, 999
	firstPerson, lastPerson = 1000, 59999
)

// NextUID is the number that useradd will give a new user: above the highest in use, or for the system below the lowest.
func (a Accounts) NextUID(system bool) int {
	var used []int
	for _, u := range a.Users {
		used = append(used, u.UID)
	}
	return next(used, system)
}

// NextGID is the number that groupadd will give a new group.
func (a Accounts) NextGID(system bool) int {
	var used []int
	for _, g := range a.Groups {
		used = append(used, g.GID)
	}
	return next(used, system)
}

func next(used []int, system bool) int {
	lowest, highest := lastSystem+1, firstPerson-1
	for _, n := range used {
		if n >= firstSystem && n <= lastSystem {
			lowest = min(lowest, n)
		}
		if n >= firstPerson && n <= lastPerson {
			highest = max(highest, n)
		}
	}
	if system {
		return lowest - 1
	}
	return highest + 1
}
