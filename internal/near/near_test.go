package near_test

import (
	"slices"
	"strings"
	"testing"

	"gemba/internal/near"
)

func TestMeant(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"comand", "command"}, {"helath", "health"}, {"kye", "key"}, {"Command", "command"},
		{"x", ""}, {"notification", ""}, {"", ""}, {strings.Repeat("key", 1000), ""},
	} {
		if got := near.Meant(test.name, []string{"command", "health", "key"}); got != test.want {
			t.Errorf("near to %q is %q, want %q", test.name, got, test.want)
		}
	}
}

func TestSorted(t *testing.T) {
	known := []string{"release-2", "main", "Mail", strings.Repeat("long", 1000)}
	if got := near.Sorted("mian", known); !slices.Equal(got[:2], []string{"main", "Mail"}) || len(got) != 4 {
		t.Errorf("%.40q", got)
	}
	if got := near.Sorted(strings.Repeat("x", 1<<20), nil); len(got) != 0 {
		t.Error(got)
	}
}
