package resource

import (
	"strconv"
	"strings"

	"gemba"
)

// OwnerIDs are the numbers of a declared owner and group; -1 for one that is not declared.
func OwnerIDs(sys System, owner, group string) (uid, gid int, err error) {
	uid, gid = -1, -1
	if owner == "" && group == "" {
		return uid, gid, nil
	}
	accounts, err := sys.Accounts()
	if err != nil {
		return uid, gid, err
	}
	if owner != "" {
		if uid, err = accounts.UID(owner); err != nil {
			return uid, gid, err
		}
	}
	if group != "" {
		gid, err = accounts.GID(group)
	}
	return uid, gid, err
}

// DiffOwner compares a declared owner and group, names or numbers, with what was found.
func DiffOwner(owner, group string, info Info, foundOwner, foundGroup string) []gemba.Diff {
	var diffs []gemba.Diff
	for _, one := range []struct {
		attribute, declared, name string
		number                    int
	}{{"owner", owner, foundOwner, info.UID}, {"group", group, foundGroup, info.GID}} {
		if one.declared != "" && one.declared != one.name && one.declared != strconv.Itoa(one.number) {
			diffs = append(diffs, gemba.Diff{Attribute: one.attribute, From: one.name, To: one.declared})
		}
	}
	return diffs
}

// Owning are the tokens of packages that a path may come with: the directories on the way that are named like one.
func Owning(path string) []Token {
	var tokens []Token
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) < 2 {
		return nil
	}
	for _, part := range parts[1:] {
		tokens = append(tokens, Package(part))
	}
	return tokens
}
