package e2e

import (
	"strings"
	"testing"

	"gemba"
)

// TestTheComparisonFindsWhatAPlanHides holds the measure itself: what nobody told of, what was told and did not happen, and what happened
// otherwise are each found.
func TestTheComparisonFindsWhatAPlanHides(t *testing.T) {
	p := &profile{members: map[string]member{"file./srv/a": {kind: "file", name: "/srv/a"}, "package.bc": {kind: "package", name: "bc"}}}
	created := map[string]string{"file /srv/a type": "file", "file /srv/a mode": "0640", "file /srv/a owner": "0", "file /srv/a group": "0"}
	file := gemba.Change{Resource: "file./srv/a", Action: gemba.ActionCreate, Diffs: []gemba.Diff{{Attribute: "mode", To: "0640"}}}
	bc := gemba.Change{Resource: "package.bc", Action: gemba.ActionCreate, Diffs: []gemba.Diff{{Attribute: "version", To: "1.07"}, {Attribute: "pulls", To: "libreadline8 8.2"}}}
	installed := map[string]string{"package bc version": "1.07", "package bc state": "installed", "package libreadline8 version": "8.2", "package libreadline8 state": "installed"}
	for name, c := range map[string]struct {
		plan  []gemba.Change
		after map[string]string
		finds string // "" for nothing
	}{
		"as planned":               {[]gemba.Change{file}, created, ""},
		"not told":                 {nil, created, "no change of the plan tells of: file /srv/a mode"},
		"did not happen":           {[]gemba.Change{file}, nil, `file /srv/a type is still ""`},
		"otherwise":                {[]gemba.Change{{Resource: "file./srv/a", Action: gemba.ActionCreate, Diffs: []gemba.Diff{{Attribute: "mode", To: "0600"}}}}, created, `mode "0600", and has "0640"`},
		"packages as planned":      {[]gemba.Change{bc}, installed, ""},
		"a package that is pulled": {[]gemba.Change{{Resource: "package.bc", Action: gemba.ActionCreate, Diffs: bc.Diffs[:1]}}, installed, "no change of the plan tells of: package libreadline8"},
	} {
		found := strings.Join(compare(p, gemba.HostPlan{Changes: c.plan}, &snapshot{}, &snapshot{has: c.after}), "\n")
		if c.finds == "" && found != "" || !strings.Contains(found, c.finds) {
			t.Errorf("%s: %q", name, found)
		}
	}
}
