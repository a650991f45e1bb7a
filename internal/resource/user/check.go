package user

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"gemba/internal/resource"
)

// check holds a declaration against itself.
func check(d *declared) error {
	if err := resource.CheckAccountName(d.Name); err != nil {
		return err
	}
	if d.Absent {
		return checkAbsence(d)
	}
	for _, group := range d.Groups {
		if err := resource.CheckAccountName(group); err != nil {
			return fmt.Errorf("groups: %w", err)
		}
	}
	for attribute, value := range map[string]string{"home": d.Home, "shell": d.Shell} {
		if value != "" && (!path.IsAbs(value) || path.Clean(value) != value || unwritable(value)) {
			return fmt.Errorf("%s is an absolute path without . and .., and not %q", attribute, value)
		}
	}
	d.expires = -1
	if d.Expires != "" && d.Expires != "never" {
		day, err := time.Parse(time.DateOnly, d.Expires)
		if err != nil {
			return fmt.Errorf(`expires is a day such as "2027-01-31", or "never", and not %q`, d.Expires)
		}
		d.expires = int(day.Unix() / (24 * 60 * 60))
	}
	switch {
	case d.UID != nil && (*d.UID < 0 || *d.UID >= 1<<32-1):
		return errors.New("uid is a number from 0 to 4294967294")
	case strings.HasPrefix(d.Group, "-") || unwritable(d.Group):
		return fmt.Errorf("%q is no name of a group", d.Group)
	case d.ExactGroups && d.Groups == nil:
		return errors.New("exact_groups needs groups, which may be empty")
	case d.Comment != nil && unwritable(*d.Comment):
		return errors.New("comment is one line without a colon")
	case d.MoveHome && d.Home == "":
		return errors.New("move_home needs home, to where it moves")
	case d.RemoveHome:
		return errors.New("remove_home is about removing a user: it needs absent")
	case d.PasswordWhen != "" && d.PasswordWhen != "create" && d.PasswordWhen != "always":
		return errors.New(`password_when is "create" or "always"`)
	case d.PasswordWhen == "create" && d.Password == "":
		return errors.New("password_when needs a password")
	case d.Password != "" && !hash(d.Password):
		return errors.New("password is no hash that crypt(5) knows; `openssl passwd -6` makes one")
	}
	return nil
}

func checkAbsence(d *declared) error {
	more := d.UID != nil || d.Group != "" || d.Groups != nil || d.ExactGroups || d.Home != "" || d.CreateHome != nil || d.MoveHome || d.Shell != "" ||
		d.Comment != nil || d.System || d.Password != "" || d.PasswordWhen == "create" || d.Locked != nil || d.Expires != ""
	switch {
	case more:
		return errors.New("what is absent has nothing else than remove_home")
	case d.Name == "root":
		return errors.New("root cannot be absent: the host would be nobody's")
	}
	return nil
}

// unwritable reports whether a text would break a line of passwd(5).
func unwritable(text string) bool { return strings.ContainsAny(text, ":\n\r\x00") }

// hash reports whether a text looks like the hash of a password: "$id$…", or "*" for a password that nothing matches.
func hash(text string) bool {
	return text == "*" || !unwritable(text) && strings.HasPrefix(text, "$") && strings.Count(text, "$") >= 3 && !strings.ContainsAny(text, " \t!*")
}
