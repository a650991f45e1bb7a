package converge_test

import (
	"testing"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/resourcetest"
	"gemba/internal/wire"
)

// planned are the addresses of a plan, those that are not certain with a "?".
func planned(plan gemba.HostPlan) []string {
	var all []string
	for _, c := range plan.Changes {
		name := string(c.Action) + " " + c.Resource
		if c.May != "" {
			name += "?"
		}
		all = append(all, name)
	}
	return all
}

// exactly applies items and wants what is done to be what was planned, and nothing left.
func (w *world) exactly(t *testing.T, items []wire.Item, want ...string) {
	t.Helper()
	_, plan := w.run(t, true, items...)
	if got := planned(plan); !equal(got, want) {
		t.Errorf("planned %v, not %v", got, want)
	}
	if done := w.applied(); len(done) != len(want) {
		t.Errorf("did %v", done)
	}
	if _, again := w.run(t, false, items...); len(again.Changes) > 0 {
		t.Errorf("left to do: %v", planned(again))
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestAPlanKnowsOfAFileThatWillBeThere(t *testing.T) {
	w := newWorld()
	w.exactly(t, []wire.Item{
		item("directory", "/srv/app", map[string]any{"parents": true}),
		item("file", "/srv/app/parts.conf", map[string]any{"mode": "0640"}),
		item("line", "port", map[string]any{"path": "/srv/app/parts.conf", "line": "port = 1"}),
		item("ini", "one", map[string]any{"path": "/srv/app/parts.conf", "section": "a", "key": "b", "value": "c", "separator": " = "}),
	}, "create directory./srv/app", "create file./srv/app/parts.conf", "update line.port", "update ini.one")
}

func TestAPlanKnowsTheNumberThatAUserWillHave(t *testing.T) {
	w := newWorld()
	resourcetest.AccountPrograms(w.Host)
	// Who had the number before has left a file, and ana's will have another number than hers has now.
	w.Set("/etc/passwd", w.Text("/etc/passwd")+"ana:x:2000:33::/nowhere:/bin/sh\n")
	w.Set("/etc/shadow", w.Text("/etc/shadow")+"ana:!:19000:0:99999:7:::\n")
	if err := w.Mkdir("/nowhere", resource.Meta{Mode: 0o700, UID: 2000}); err != nil {
		t.Fatal(err)
	}
	for path, uid := range map[string]int{"/etc/anas": 2000, "/etc/orphan": 2001, "/nowhere/hers": 2000} {
		w.Set(path, "")
		if err := w.Chown(path, uid, 0); err != nil {
			t.Fatal(err)
		}
	}
	w.exactly(t, []wire.Item{
		item("user", "ana", map[string]any{"uid": 2002}),
		item("user", "ben", map[string]any{"uid": 2001, "create_home": false}),
		item("file", "/etc/anas", map[string]any{"owner": "ana"}),
		item("file", "/nowhere/hers", map[string]any{"owner": "ana"}), // the number goes along there
		item("file", "/etc/orphan", map[string]any{"owner": "ben"}),
	}, "update user.ana", "create user.ben", "update file./etc/anas")
	if info, _ := w.Lstat("/etc/anas"); info.UID != 2002 {
		t.Errorf("%+v", info)
	}
}

func TestNothingIsForeseenOfWhatIsAsDeclared(t *testing.T) {
	w := newWorld()
	w.Set("/etc/a", "x\n")
	if err := w.Mkdir("/etc/d", resource.Meta{Mode: 0o700}); err != nil {
		t.Fatal(err)
	}
	w.exactly(t, []wire.Item{
		item("directory", "/etc/d", map[string]any{"mode": "0755"}),
		item("file", "/etc/d/one", map[string]any{"absent": true}),
		item("line", "x", map[string]any{"path": "/etc/a", "line": "x"}),
	}, "update directory./etc/d")
}

func TestNumbersAreGivenOutInTheOrderOfThePlan(t *testing.T) {
	w := newWorld()
	resourcetest.AccountPrograms(w.Host)
	var users, files []wire.Item
	var want []string
	for i, name := range []string{"ana", "ben", "cid", "dee"} {
		w.Set("/etc/of-"+name, "")
		if err := w.Chown("/etc/of-"+name, 1000+i, 0); err != nil {
			t.Fatal(err)
		}
		users = append(users, item("user", name, map[string]any{"create_home": false}))
		files = append(files, item("file", "/etc/of-"+name, map[string]any{"owner": name}))
		want = append(want, "create user."+name)
	}
	w.exactly(t, append(users, files...), want...)
}
