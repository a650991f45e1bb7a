package unit_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
	"gemba/internal/resource/unit"
)

// draw makes up a unit in some state, and a declaration of it.
func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	w := newWorld(h)
	h.Baked = rapid.Bool().Draw(t, "baked")
	name := rapid.SampledFrom([]string{"web.service", "web", "web.timer", "web@a.service"}).Draw(t, "name")
	full := name
	if name == "web" {
		full = "web.service"
	}
	texts := []string{"[Service]\nExecStart=/bin/web\n" + install, "[Service]\nExecStart=/bin/old\n" + install}
	own := false
	switch rapid.SampledFrom([]string{"vendor", "own", "none"}).Draw(t, "file") {
	case "vendor":
		h.Set(vendor+full, texts[0])
	case "own":
		own = true
		h.Set(etc+full, rapid.SampledFrom(texts).Draw(t, "text"))
	}
	if rapid.Bool().Draw(t, "dropped in?") {
		if err := h.Mkdir(etc+full+".d", resource.Meta{Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
		h.Set(etc+full+".d/10-gemba.conf", "[Service]\nNice=1\n")
	}
	_, there := w.text(full)
	if there && !h.Baked && rapid.Bool().Draw(t, "runs") {
		w.start(full, h.Now().Add(-rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "since")))
		if rapid.Bool().Draw(t, "changed since") {
			h.Set("/run/active/"+full, h.Text("/run/active/"+full)+"# old\n")
		}
	}
	if there && rapid.Bool().Draw(t, "enabled before") {
		_ = h.Symlink("x", w.link(full))
	}
	if !own && rapid.Bool().Draw(t, "masked before") {
		_ = h.Symlink("/dev/null", etc+full)
	}
	if rapid.IntRange(0, 4).Draw(t, "absent?") == 0 {
		return name, map[string]any{"absent": true}
	}
	d := map[string]any{}
	maybe := func(name string, values ...any) {
		if rapid.Bool().Draw(t, name+"?") {
			d[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	if rapid.Bool().Draw(t, "override?") && there {
		d["override"] = h.AddBody("[Service]\nNice=5\n")
	} else if !there || rapid.Bool().Draw(t, "content?") {
		d["content"] = h.AddBody(texts[0])
	}
	if !own && d["content"] == nil && rapid.Bool().Draw(t, "mask?") {
		d["masked"] = true
		maybe("running", false)
		maybe("enabled", false)
		return name, d
	}
	d["masked"] = false
	maybe("running", true, false)
	maybe("enabled", true, false)
	return name, d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, unit.Kind(), draw) }

type caching struct {
	*memory.Host
	cache *resource.Cache
}

func (c caching) Cache() *resource.Cache { return c.cache }

func declare(t *testing.T, name string, d map[string]any) resource.Resource {
	t.Helper()
	return resourcetest.Declare(t, unit.Kind(), name, d)
}

// change applies a declaration and returns what it found.
func change(t *testing.T, h *memory.Host, name string, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := declare(t, name, d)
	state, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	difference := r.Diff(state)
	if difference.None() {
		return difference, nil
	}
	return difference, r.Apply(t.Context(), h, state)
}

func TestAllUnitsAreAskedAboutInOneCall(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	sys := caching{h, &resource.Cache{}}
	var all []resource.Resource
	for i := range 50 {
		name := fmt.Sprintf("svc%d.service", i)
		h.Set(vendor+name, "x")
		w.start(name, h.Now())
		all = append(all, declare(t, name, map[string]any{"running": true}))
	}
	if err := unit.Kind().Warm(t.Context(), sys, all); err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if s, err := r.Observe(t.Context(), sys); err != nil || !r.Diff(s).None() {
			t.Errorf("%+v, %v", s, err)
		}
	}
	if len(h.Calls) != 1 {
		t.Errorf("%v", h.Calls)
	}
}

func TestAUnitThatDoesNotStartShowsItsJournal(t *testing.T) {
	h := memory.New()
	newWorld(h)
	h.Set(vendor+"web.service", "ExecStart=/bin/false")
	_, err := change(t, h, "web", map[string]any{"running": true})
	logged, ok := err.(interface{ Log() []string })
	if !ok || !reflect.DeepEqual(logged.Log(), []string{"Nov 24 10:00:00 web web.service[7]: no config"}) {
		t.Fatalf("%#v", err)
	}
	if want := "Job for web.service failed because the control process exited with error code."; err.Error() != want {
		t.Errorf("it says %q", err)
	}
}

func TestAChangedFileRestartsWhatIsDeclaredToRunAndNothingElse(t *testing.T) {
	for _, running := range []bool{true, false} {
		h := memory.New()
		w := newWorld(h)
		h.Set(etc+"web.service", "old")
		w.start("web.service", h.Now().Add(-time.Hour))
		d := map[string]any{"content": h.AddBody("new")}
		if running {
			d["running"] = true
		}
		if _, err := change(t, h, "web", d); err != nil {
			t.Fatal(err)
		}
		if restarted := slices.Contains(h.Calls, "run systemctl restart -- web.service"); restarted != running {
			t.Errorf("running = %v: %v", running, h.Calls)
		}
		if _, loaded, _ := w.active("web.service"); loaded != "new" {
			t.Errorf("systemd has read %q", loaded)
		}
	}
}

func TestARestartThatWasCutShortIsMadeGood(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	h.Set(etc+"web.service", "text")
	w.start("web.service", h.Now().Add(-time.Hour)) // it runs since before its file was written, which systemd has read
	found, err := change(t, h, "web", map[string]any{"content": h.AddBody("text"), "running": true})
	if want := []gemba.Diff{{Attribute: "process", From: "started before its file was written", To: "restarted"}}; err != nil || !reflect.DeepEqual(found.Diffs, want) {
		t.Errorf("%+v, %v", found, err)
	}
	if found, _ := change(t, h, "web", map[string]any{"content": h.AddBody("text"), "running": true}); !found.None() {
		t.Errorf("again: %+v", found)
	}
}

func TestWhatIsToldIsDoneOnlyWhileItRuns(t *testing.T) {
	for _, c := range []struct {
		text, onNotify string
		running        bool
		action         gemba.Action
		ran            string
	}{
		{"x", "", false, "", ""},
		{"x", "", true, gemba.ActionRestart, "reload-or-restart"},
		{"ExecReload=x", "", true, gemba.ActionReload, "reload-or-restart"},
		{"ExecReload=x", "restart", true, gemba.ActionRestart, "restart"},
		{"ExecReload=x", "reload", true, gemba.ActionReload, "reload"},
	} {
		h := memory.New()
		w := newWorld(h)
		h.Set(vendor+"web.service", c.text)
		if c.running {
			w.start("web.service", h.Now())
		}
		d := map[string]any{"running": true}
		if c.onNotify != "" {
			d["on_notify"] = c.onNotify
		}
		r := declare(t, "web", d)
		s, err := r.Observe(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		if action := r.OnNotify(s); action != c.action {
			t.Errorf("%+v: it would %q", c, action)
		}
		if c.action == "" {
			continue
		}
		h.Set(vendor+"web.service", c.text+"# changed")
		if err := r.Notified(t.Context(), h, s); err != nil {
			t.Error(err)
		}
		want := []string{"run systemctl daemon-reload", "run systemctl " + c.ran + " -- web.service"}
		if len(h.Calls) < 2 || !reflect.DeepEqual(h.Calls[len(h.Calls)-2:], want) {
			t.Errorf("%+v: %v", c, h.Calls)
		}
	}
}

func TestALinkThatWasLeftOfARemovedFileIsSeen(t *testing.T) {
	h := memory.New()
	newWorld(h)
	if err := h.Symlink("x", etc+"multi-user.target.wants/web.service"); err != nil {
		t.Fatal(err)
	}
	d, err := change(t, h, "web", map[string]any{"content": h.AddBody("[Service]\nExecStart=/bin/web\n" + install), "enabled": false})
	if err != nil || !strings.Contains(fmt.Sprint(d.Diffs), "enabled disabled") {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := h.Lstat(etc + "multi-user.target.wants/web.service"); err == nil {
		t.Error("it is still there")
	}
}

func TestWhatAnotherFileSaysIsNotKnownFromTheOldOne(t *testing.T) {
	h := memory.New()
	newWorld(h)
	h.Set(etc+"web.service", "[Service]\nType=oneshot\nExecStart=/bin/old\n")
	for text, may := range map[string]bool{"[Service]\nType=oneshot\nExecStart=/bin/old\n": true, "[Service]\nExecStart=/bin/web\n": false} {
		r := declare(t, "web", map[string]any{"running": true, "content": h.AddBody(text)})
		s, err := r.Observe(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		if d := r.Diff(s); d.None() || (d.May != "") != may {
			t.Errorf("%q: %+v", text, d)
		}
	}
}

func TestAUnitThatIsNotThereYetMayComeStarted(t *testing.T) {
	h := memory.New()
	newWorld(h)
	r := declare(t, "nginx", map[string]any{"running": true, "enabled": true})
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Diff(s); d.Action != gemba.ActionUpdate || !strings.Contains(d.May, "no such unit yet") {
		t.Errorf("%+v", d)
	}
	if needs := r.Needs(); !slices.Contains(needs, resource.Package("nginx")) || !slices.Contains(needs, resource.Path("/etc/systemd/system/nginx.service")) {
		t.Errorf("it needs %v", needs)
	}
	if _, err := change(t, h, "nginx", map[string]any{"running": true}); err == nil || !strings.Contains(err.Error(), "nginx.service not found") {
		t.Errorf("%v", err)
	}
	if d, err := change(t, h, "nginx", map[string]any{"running": false, "enabled": false}); !d.None() || err != nil {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestABakedSystemIsEnabledAndNothingRuns(t *testing.T) {
	h := memory.New()
	newWorld(h)
	h.Baked = true
	h.Set(vendor+"web.service", "x"+install)
	if _, err := change(t, h, "web", map[string]any{"running": true, "enabled": true}); err != nil {
		t.Fatal(err)
	}
	if d, _ := change(t, h, "web", map[string]any{"running": true, "enabled": true}); !d.None() {
		t.Errorf("%+v", d)
	}
	for _, call := range h.Calls {
		if strings.HasPrefix(call, "run systemctl") && !strings.HasPrefix(call, "run systemctl --root=/ ") {
			t.Errorf("%q needs a running systemd", call)
		}
	}
}

func TestABakedSystemLeavesToItsStartWhatEnablingDoesNotDo(t *testing.T) {
	h := memory.New()
	newWorld(h)
	h.Baked = true
	h.Set(vendor+"web.service", "x"+install)
	left := func(d map[string]any) *gemba.Residue {
		t.Helper()
		if _, err := change(t, h, "web", d); err != nil {
			t.Fatal(err)
		}
		r := declare(t, "web", d)
		s, err := r.Observe(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		return r.AtStart(s)
	}
	if r := left(map[string]any{"running": true}); r == nil || !slices.Contains(r.Command, "start") {
		t.Errorf("%+v", r)
	}
	if r := left(map[string]any{"running": true, "enabled": true}); r == nil || r.Command != nil {
		t.Errorf("%+v", r)
	}
	if r := left(map[string]any{"running": false}); r == nil || !slices.Contains(r.Command, "stop") {
		t.Errorf("%+v", r)
	}
	if r := left(map[string]any{"running": false, "enabled": false}); r != nil {
		t.Errorf("%+v", r)
	}
}

func TestATemplateIsEnabledByItsFileAlone(t *testing.T) {
	h := memory.New()
	newWorld(h)
	if _, err := change(t, h, "backup@.service", map[string]any{"content": h.AddBody("x" + install)}); err != nil {
		t.Fatal(err)
	}
	if _, err := change(t, h, "backup@home", map[string]any{"running": true, "enabled": true}); err != nil {
		t.Fatal(err)
	}
	if needs := declare(t, "backup@home", nil).Needs(); !slices.Contains(needs, resource.Unit("backup@.service")) {
		t.Errorf("it needs %v", needs)
	}
}

func TestAUnitThatCannotBeEnabledSaysSo(t *testing.T) {
	h := memory.New()
	newWorld(h)
	h.Set(vendor+"dbus.service", "[Service]")
	if _, err := change(t, h, "dbus", map[string]any{"enabled": true}); err == nil || !strings.Contains(err.Error(), "no [Install] section") {
		t.Errorf("%v", err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	h := memory.New()
	body := fmt.Sprintf(`{"digest": %q, "size": 1}`, h.AddBody("x").Digest)
	for _, c := range []struct{ name, declared, says string }{
		{"web", `{"absent": true, "running": false}`, "has nothing else"},
		{"web", `{"content": ` + body + `, "override": ` + body + `}`, "exclude each other"},
		{"web", `{"masked": true, "running": true}`, "neither runs nor is enabled"},
		{"web", `{"masked": true, "content": ` + body + `}`, "cannot be masked"},
		{"web@", `{"running": true}`, "web@NAME.service"},
		{"-web", `{}`, "begin with '-'"},
		{"web", `{"on_notify": "stop"}`, "on_notify is"},
		{"web", `{"state": "started"}`, "unknown field"},
	} {
		if _, err := unit.Kind().New(c.name, []byte(c.declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v", c.name, c.declared, err)
		}
	}
}
