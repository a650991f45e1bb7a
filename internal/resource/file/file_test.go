package file_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/file"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

// drawState puts something, or nothing, at a path.
func drawState(t *rapid.T, h *memory.Host, path string) {
	h.Set("/etc/other", "other")
	switch rapid.SampledFrom([]string{"nothing", "file", "link", "dangling"}).Draw(t, "what is there") {
	case "file":
		h.Set(path, rapid.SampledFrom([]string{"", "hello\n", "warmer\n", "no end of line", "dos\r\n"}).Draw(t, "content"))
		must(t, h.Chown(path, rapid.SampledFrom([]int{0, 33, 4242}).Draw(t, "uid"), rapid.SampledFrom([]int{0, 33}).Draw(t, "gid")))
		must(t, h.Chmod(path, uint32(rapid.SampledFrom([]int{0o644, 0o600, 0o4755, 0o777, 0}).Draw(t, "mode"))))
	case "link":
		must(t, h.Symlink("other", path))
	case "dangling":
		must(t, h.Symlink("/nowhere", path))
	}
}

func must(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	const path = "/etc/motd"
	drawState(t, h, path)
	declared := map[string]any{}
	maybe := func(name string, values ...any) {
		if rapid.Bool().Draw(t, name+"?") {
			declared[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	switch rapid.SampledFrom([]string{"file", "link", "hard link", "absent"}).Draw(t, "what is declared") {
	case "file":
		maybe("content", h.AddBody("hello\n"), h.AddBody(""), h.AddBody("dos\r\n"))
		maybe("mode", "0644", "0600", "4755", "u=rw,go=r", "g+w", "a-x", "u+s", "go=")
		maybe("owner", "root", "www-data", "33", "4242")
		maybe("group", "root", "www-data")
		maybe("backup", true)
		maybe("follow", true)
		if declared["follow"] == true { // what a dangling link leads to has no directory to be made in
			if info, err := h.Lstat(path); err == nil && info.Target == "/nowhere" {
				delete(declared, "follow")
			}
		}
	case "link":
		declared["link"] = rapid.SampledFrom([]string{"other", "/nowhere", "../x"}).Draw(t, "link")
		maybe("owner", "www-data")
	case "hard link":
		declared["hard_link"] = "/etc/other"
	case "absent":
		declared["absent"] = true
	}
	return path, declared
}

func TestALinkInThePlaceOfAnotherKeepsItsOwner(t *testing.T) {
	h := memory.New()
	if err := h.Symlink("/etc/old", "/etc/link"); err != nil {
		t.Fatal(err)
	}
	if err := h.Chown("/etc/link", 33, 33); err != nil {
		t.Fatal(err)
	}
	if _, err := resourcetest.Change(t, file.Kind(), h, "/etc/link", map[string]any{"link": "/etc/new"}); err != nil {
		t.Fatal(err)
	}
	if info, _ := h.Lstat("/etc/link"); info.Target != "/etc/new" || info.UID != 33 || info.GID != 33 {
		t.Errorf("%+v", info)
	}
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, file.Kind(), draw) }

// change applies a declaration and returns what it did.
func change(t *testing.T, h *memory.Host, name string, declared map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, file.Kind(), name, declared)
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

func TestOnlyWhatIsDeclaredIsTouched(t *testing.T) {
	h := memory.New()
	h.Set("/etc/motd", "by hand")
	if err := h.Chmod("/etc/motd", 0o600); err != nil {
		t.Fatal(err)
	}
	difference, err := change(t, h, "/etc/motd", map[string]any{"owner": "www-data"})
	if want := []gemba.Diff{{Attribute: "owner", From: "root", To: "www-data"}}; err != nil || !reflect.DeepEqual(difference.Diffs, want) {
		t.Fatalf("%+v, %v", difference, err)
	}
	if info, _ := h.Lstat("/etc/motd"); info.Mode != 0o600 || h.Text("/etc/motd") != "by hand" {
		t.Errorf("%+v, %q", info, h.Text("/etc/motd"))
	}
}

func TestAContentOfTheSameSizeIsRead(t *testing.T) {
	h := memory.New()
	h.Set("/etc/motd", "hallo\n")
	if difference, err := change(t, h, "/etc/motd", map[string]any{"content": h.AddBody("hello\n")}); err != nil || difference.None() {
		t.Fatalf("%+v, %v", difference, err)
	}
	if got := h.Text("/etc/motd"); got != "hello\n" {
		t.Errorf("it holds %q", got)
	}
}

func TestWhatIsNotValidNeverTakesThePlaceOfTheOld(t *testing.T) {
	h := memory.New()
	h.Set("/etc/sudoers", "good")
	var tried string
	h.Program("visudo", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		tried = h.Text(c.Argv[2])
		return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte("parse error near line 1")}
	})
	_, err := change(t, h, "/etc/sudoers", map[string]any{"content": h.AddBody("bad"), "validate": []string{"visudo", "-cf", "%"}})
	if err == nil || !strings.Contains(err.Error(), "parse error near line 1") || tried != "bad" {
		t.Fatalf("%v, tried %q", err, tried)
	}
	if names, _ := h.ReadDir("/etc"); h.Text("/etc/sudoers") != "good" || strings.Contains(strings.Join(names, " "), "trial") {
		t.Errorf("%q is there, and %v", h.Text("/etc/sudoers"), names)
	}
}

func TestADirectoryInTheWayIsNotRemoved(t *testing.T) {
	h := memory.New()
	if err := h.Mkdir("/etc/motd", resource.Meta{Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	for _, declared := range []map[string]any{{"content": h.AddBody("x")}, {"absent": true}, {"link": "x"}} {
		if _, err := change(t, h, "/etc/motd", declared); err == nil || !strings.Contains(err.Error(), "is a directory") {
			t.Errorf("%v: %v", declared, err)
		}
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"has nothing else":             `{"absent": true, "mode": "0644"}`,
		"exclude each other":           `{"link": "a", "hard_link": "/b"}`,
		"more than 7777":               `{"mode": "77777"}`,
		"is no permission":             `{"mode": "u=q"}`,
		"validate needs a content":     `{"validate": ["true"]}`,
		"unknown field":                `{"contents": "x"}`,
		"a symbolic link has a target": `{"link": "a", "mode": "0644"}`,
	} {
		if _, err := file.Kind().New("/etc/motd", []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}

func TestAFileThatIsOfNobodyKnownIsAnError(t *testing.T) {
	h := memory.New()
	if _, err := change(t, h, "/etc/motd", map[string]any{"owner": "nobody-knows"}); err == nil || !strings.Contains(err.Error(), `there is no user "nobody-knows"`) {
		t.Fatal(err)
	}
}
