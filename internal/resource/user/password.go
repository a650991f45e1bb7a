package user

import "strings"

// password is what the shadow file is to have. A "!" in front of a hash locks it; where nothing is behind the "!", there is
// no password, and nothing that could be unlocked.
func (d declared) password(has string) string {
	bare := strings.TrimLeft(has, "!")
	want := has
	if d.Password != "" && bare != d.Password && (d.PasswordWhen != "create" || bare == "") {
		want = d.Password
		if bare != "" && strings.HasPrefix(has, "!") {
			want = "!" + want // somebody locked it, and nothing is declared about that yet
		}
	}
	switch {
	case d.Locked == nil:
		return want
	case *d.Locked && !strings.HasPrefix(want, "!"):
		return "!" + want
	case !*d.Locked && strings.TrimLeft(want, "!") != "":
		return strings.TrimLeft(want, "!")
	}
	return want
}

func locked(password string) string {
	if strings.HasPrefix(password, "!") {
		return "true"
	}
	return "false"
}
