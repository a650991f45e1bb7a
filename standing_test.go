package gemba_test

import (
	"testing"
	"time"

	"gemba"
)

func TestAHostStandsAsItWasLastFound(t *testing.T) {
	at, change := time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC), []gemba.Change{{Kind: "file", Name: "/etc/motd"}}
	for name, c := range map[string]struct {
		state gemba.HostState
		want  gemba.Standing
	}{
		"nothing is known":                         {gemba.HostState{}, gemba.NeverApplied},
		"looked at, never applied":                 {gemba.HostState{Observed: at, Changes: change}, gemba.NeverApplied},
		"never applied, and right all the same":    {gemba.HostState{Observed: at}, gemba.AsDeclared},
		"applied":                                  {gemba.HostState{Observed: at, Applied: at}, gemba.AsDeclared},
		"changed by hand":                          {gemba.HostState{Observed: at, Applied: at, Changes: change}, gemba.Differs},
		"changed by hand, and now it says nothing": {gemba.HostState{Observed: at, Applied: at, Changes: change, Error: "timeout"}, gemba.Silent},
		"it never answered":                        {gemba.HostState{Error: "timeout"}, gemba.Silent},
	} {
		if got := c.state.Standing(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
