package spec

import "testing"

func TestNearest(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"comand", "command"}, {"helath", "health"}, {"kye", "key"}, {"Command", "command"},
		{"x", ""}, {"notification", ""}, {"", ""},
	} {
		if got := nearest(test.name, []string{"command", "health", "key"}); got != test.want {
			t.Errorf("nearest to %q is %q, want %q", test.name, got, test.want)
		}
	}
}
