package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/driver/host"
)

func armed(run string) host.Armed {
	return host.Armed{Run: run, Host: "web", Seconds: 1, Because: []string{"file./etc/ssh/sshd_config"}}
}

func TestAGuardIsConfirmedOnceTheApplyIsOver(t *testing.T) {
	state := t.TempDir()
	check(t, host.Arm(state, armed("one")))
	lock, err := host.HoldGuard(state)
	check(t, err)
	if _, err := host.HoldGuard(state); err == nil {
		t.Error("two guards live")
	}
	if confirmed, settled, err := host.Confirm(state, "one"); confirmed || settled || err != nil {
		t.Errorf("while the apply goes on: %v, %v, %v", confirmed, settled, err)
	}
	if run, err := host.Guarded(state); run != "one" || err != nil {
		t.Errorf("guarded: %q, %v", run, err)
	}
	if _, there, err := host.Await(state, time.Now()); !there || err != nil {
		t.Fatal(there, err)
	}
	if confirmed, settled, err := host.Confirm(state, "two"); confirmed || !settled || err != nil {
		t.Errorf("another run: %v, %v, %v", confirmed, settled, err)
	}
	if confirmed, settled, err := host.Confirm(state, "one"); !confirmed || !settled || err != nil {
		t.Errorf("%v, %v, %v", confirmed, settled, err)
	}
	if mine, err := host.Act(state, "one"); mine || err != nil {
		t.Errorf("it is put back nevertheless: %v, %v", mine, err)
	}
	check(t, lock.Close())
}

func TestWhatAGuardDidIsToldOnce(t *testing.T) {
	state := t.TempDir()
	check(t, host.Arm(state, armed("one")))
	lock, err := host.HoldGuard(state)
	check(t, err)
	defer lock.Close()
	_, _, err = host.Await(state, time.Now())
	check(t, err)
	if mine, err := host.Act(state, "one"); !mine || err != nil {
		t.Fatal(mine, err)
	}
	if confirmed, settled, err := host.Confirm(state, "one"); confirmed || settled || err != nil {
		t.Errorf("while things are put back: %v, %v, %v", confirmed, settled, err)
	}
	check(t, host.Report(state, gemba.Undone{Run: "one", Restored: []string{"/etc/ssh/sshd_config"}, Why: "nobody came"}))
	if confirmed, settled, err := host.Confirm(state, "one"); confirmed || !settled || err != nil {
		t.Errorf("afterwards: %v, %v, %v", confirmed, settled, err)
	}
	if other, err := host.TakeReport(state, "two"); other != nil || err != nil {
		t.Errorf("%+v, %v", other, err)
	}
	if undone, err := host.TakeReport(state, "one"); err != nil || undone == nil || len(undone.Restored) != 1 {
		t.Errorf("%+v, %v", undone, err)
	}
	if again, err := host.TakeReport(state, ""); again != nil || err != nil {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestAGuardThatEndedWithItsHostKeepsNobodyOut(t *testing.T) {
	state := t.TempDir()
	check(t, host.Arm(state, armed("one")))
	if run, err := host.Guarded(state); run != "" || err != nil {
		t.Errorf("%q, %v", run, err)
	}
	if host.IsArmed(state, "one") {
		t.Error("it is still armed")
	}
}

func TestAnApplyThatGoesOnKeepsWhatWasThereFirst(t *testing.T) {
	dir, undo := t.TempDir(), filepath.Join(t.TempDir(), "undo")
	at := func(name string) string { return filepath.Join(dir, name) }
	check(t, os.WriteFile(at("a"), []byte("a before"), 0o600))
	check(t, os.WriteFile(at("b"), []byte("b before"), 0o600))

	first := host.New(host.Options{Undo: undo, Bodies: none{}})
	check(t, first.Write(at("a"), strings.NewReader("first"), me()))
	// The last line of the manifest was cut off by a crash.
	manifest, err := os.OpenFile(filepath.Join(undo, "manifest"), os.O_APPEND|os.O_WRONLY, 0)
	check(t, err)
	_, err = manifest.WriteString(`{"path":"/cut`)
	check(t, err)
	check(t, manifest.Close())

	second := host.New(host.Options{Undo: undo, Bodies: none{}})
	check(t, second.Write(at("a"), strings.NewReader("second"), me()))
	check(t, second.Write(at("b"), strings.NewReader("second"), me()))
	check(t, host.Leave(undo))

	undone := host.PutBack(t.Context(), undo, false, nil)
	if len(undone.Lost) > 0 || undone.Error != "" {
		t.Fatalf("%+v", undone)
	}
	for _, name := range []string{"a", "b"} {
		if text, _ := os.ReadFile(at(name)); string(text) != name+" before" {
			t.Errorf("%s is %q", name, text)
		}
	}
}

func TestWhatSomebodyHasChangedSinceIsLeftAloneUnlessForced(t *testing.T) {
	dir, undo := t.TempDir(), filepath.Join(t.TempDir(), "undo")
	path := filepath.Join(dir, "file")
	check(t, os.WriteFile(path, []byte("before"), 0o600))
	h := host.New(host.Options{Undo: undo, Bodies: none{}})
	check(t, h.Write(path, strings.NewReader("applied"), me()))
	check(t, host.Leave(undo))
	check(t, os.WriteFile(path, []byte("by hand"), 0o600))

	if undone := host.PutBack(t.Context(), undo, false, nil); undone.Lost[path] == "" || len(undone.Restored) > 0 {
		t.Errorf("%+v", undone)
	}
	if text, _ := os.ReadFile(path); string(text) != "by hand" {
		t.Errorf("it is %q", text)
	}
	if undone := host.PutBack(t.Context(), undo, true, nil); len(undone.Lost) > 0 || len(undone.Restored) != 1 {
		t.Errorf("%+v", undone)
	}
	if text, _ := os.ReadFile(path); string(text) != "before" {
		t.Errorf("it is %q", text)
	}
}
