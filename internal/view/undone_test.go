package view

import (
	"strings"
	"testing"

	"gemba"
)

func TestWhatUndoDidIsSaidWithWhatItCouldNot(t *testing.T) {
	var out strings.Builder
	v := NewUndo(&out, Terminal{})
	if err := v.Frame(gemba.HostFrame{Host: "web-1", Undone: &gemba.Undone{
		Restored: []string{"/etc/motd"}, Lost: map[string]string{"/etc/toy": "it has been changed since that apply"}, Told: []string{"toy"}, Stays: []string{"package nginx"},
	}}); err != nil {
		t.Fatal(err)
	}
	if err := v.End(0); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"1 path is as it was; told again: toy", "/etc/motd", "/etc/toy: it has been changed", "Undo cannot restore: package nginx.", "Not as before: web-1."} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not in:\n%s", part, out.String())
		}
	}
	if v.Good() {
		t.Error("it is good")
	}
}

func TestAPlanNamesWhatUndoCouldNotRestore(t *testing.T) {
	change := gemba.Change{Kind: "package", Name: "nginx", Stays: true}
	hosts := []gemba.HostPlan{{Host: "web-1", Changes: []gemba.Change{change, {Kind: "file", Name: "/etc/motd"}}}, {Host: "web-2", Changes: []gemba.Change{change}}}
	if got := Stays(hosts); got != "Undo cannot restore: package nginx." {
		t.Error(got)
	}
	if got := Stays(nil); got != "" {
		t.Error(got)
	}
}

func TestPatchingNamesTheHostsThatWereNotBegun(t *testing.T) {
	var out strings.Builder
	v := NewPatch(&out, Terminal{}, false, false)
	frames := []gemba.HostFrame{
		{Fleet: &gemba.FleetPlan{Targets: []gemba.Target{{Host: gemba.Host{Name: "web-1"}}, {Host: gemba.Host{Name: "web-2"}}}}},
		{Host: "web-1", Doing: "updating 1 package"},
		{Host: "web-1", Patched: &gemba.Patched{Upgraded: []gemba.Upgrade{{Name: "curl"}}, Gone: []string{"toy.service"}}},
	}
	for _, f := range frames {
		if err := v.Frame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.End(0); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"does not run any more: toy.service", "Not well: web-1.", "Not begun: web-2."} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not in:\n%s", part, out.String())
		}
	}
	if v.Good() {
		t.Error("it is good")
	}
}
