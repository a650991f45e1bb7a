package resource

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// ReadAccounts reads passwd(5), group(5) and shadow(5) of a host. A shadow file that cannot be read leaves passwords
// empty; lines that are none are passed over, as the C library does.
func ReadAccounts(files Files) (Accounts, error) {
	var a Accounts
	passwd, err := files.ReadFile("/etc/passwd")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return a, fmt.Errorf("reading the users: %w", err)
	}
	groups, err := files.ReadFile("/etc/group")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return a, fmt.Errorf("reading the groups: %w", err)
	}
	shadow, err := files.ReadFile("/etc/shadow")
	if err != nil {
		shadow = nil
	}
	hashes := map[string][]string{}
	for fields := range lines(shadow, 9) {
		hashes[fields[0]] = fields
	}
	for fields := range lines(passwd, 7) {
		uid, err1 := strconv.Atoi(fields[2])
		gid, err2 := strconv.Atoi(fields[3])
		if err1 != nil || err2 != nil {
			continue
		}
		u := Account{Name: fields[0], UID: uid, GID: gid, Comment: fields[4], Home: fields[5], Shell: fields[6], Expires: -1}
		if hash := hashes[u.Name]; hash != nil {
			u.Password = hash[1]
			if day, err := strconv.Atoi(hash[7]); err == nil {
				u.Expires = day
			}
		}
		a.Users = append(a.Users, u)
	}
	for fields := range lines(groups, 4) {
		gid, err := strconv.Atoi(fields[2])
		if err != nil {
			continue
		}
		g := AccountGroup{Name: fields[0], GID: gid}
		if fields[3] != "" {
			g.Members = strings.Split(fields[3], ",")
		}
		a.Groups = append(a.Groups, g)
	}
	return a, nil
}

// lines yields the fields of each line that has that many.
func lines(text []byte, fields int) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(string(text)) {
			parts := strings.Split(strings.TrimSuffix(line, "\n"), ":")
			if len(parts) == fields && parts[0] != "" && !yield(parts) {
				return
			}
		}
	}
}
