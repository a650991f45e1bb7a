package converge_test

import (
	"fmt"
	"strings"
	"testing"

	"gemba/internal/resource"
	"gemba/internal/resource/resourcetest"
	"gemba/internal/wire"
)

func TestWhatAnotherKindMakesInADirectoryIsNotPurged(t *testing.T) {
	w := newWorld()
	if err := w.Mkdir("/etc/cron.d", resource.Meta{Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	w.Set("/etc/cron.d/old", "@daily root true\n")
	items := []wire.Item{
		item("directory", "/etc/cron.d", map[string]any{"purge": true}),
		item("cron", "report", map[string]any{"schedule": "@daily", "command": "true"}),
	}
	w.run(t, true, items...)
	if names, err := w.ReadDir("/etc/cron.d"); err != nil || strings.Join(names, " ") != "report" {
		t.Fatalf("%v, %v", names, err)
	}
	if result, _ := w.run(t, true, items...); result.Changed != 0 {
		t.Errorf("changed again: %q", w.applied())
	}
}

func TestLinesOfAFileComeInTheOrderInWhichTheyAreDeclared(t *testing.T) {
	w := newWorld()
	items := []wire.Item{w.text("/etc/a", "")}
	want := ""
	for i := range 20 {
		name := fmt.Sprint("line ", 20-i)
		items = append(items, item("line", name, map[string]any{"path": "/etc/b", "line": name, "create": true}))
		want += name + "\n"
	}
	w.run(t, true, items...)
	if got := w.Text("/etc/b"); got != want {
		t.Errorf("%q", got)
	}
}

func TestWhatIsAbsentGoesInTheOrderInWhichItCan(t *testing.T) {
	w := newWorld()
	for _, dir := range []string{"/etc/app", "/etc/app/sub"} {
		if err := w.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
	}
	w.Set("/etc/app/sub/file", "")
	w.Set("/etc/passwd", "ana:x:1000:1000::/home/ana:/bin/sh\n")
	w.Set("/etc/group", "people:x:1000:\n")
	resourcetest.AccountPrograms(w.Host)
	absent := map[string]any{"absent": true}
	result, _ := w.run(t, true, item("directory", "/etc/app", absent), item("directory", "/etc/app/sub", absent), item("file", "/etc/app/sub/file", absent),
		item("group", "people", absent), item("user", "ana", absent))
	if _, err := w.Lstat("/etc/app"); result.Failed != 0 || err == nil || w.Text("/etc/group") != "" {
		t.Errorf("%+v, %q", result, w.applied())
	}
}

func TestAUserComesBeforeWhatIsIts(t *testing.T) {
	w := newWorld()
	_, plan := w.run(t, false,
		item("authorized_key", "ana", map[string]any{"user": "ana", "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8nGL7yrIsjUXSWrMDX5i1n4uJ8c0h8f7Ri1kBkzKeV"}),
		item("file", "/home/ana/.profile", map[string]any{"owner": "ana", "group": "ana"}),
		item("user", "ana", map[string]any{"groups": []string{"ops"}}),
		item("group", "ops", nil),
	)
	var order []string
	for _, c := range plan.Changes {
		order = append(order, c.Kind)
	}
	if got := strings.Join(order, " "); got != "group user authorized_key file" {
		t.Errorf("%s", got)
	}
}
