package repository_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/repository"
	"gemba/internal/resource/resourcetest"
)

const (
	armored = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n"
	binary  = "\x99\x01\x0d\x04"
	file    = "/etc/apt/sources.list.d/tools.sources"
)

func mkdir(t resourcetest.Fataler, h *memory.Host, all ...string) {
	for _, dir := range all {
		if err := h.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil {
			t.Fatalf("%v", err)
		}
	}
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	mkdir(t, h, "/etc/apt", "/etc/apt/sources.list.d")
	if rapid.Bool().Draw(t, "keyrings") {
		mkdir(t, h, "/etc/apt/keyrings")
		for _, at := range []string{"/etc/apt/keyrings/tools.asc", "/etc/apt/keyrings/tools.gpg"} {
			if key := rapid.SampledFrom([]string{"", armored, binary}).Draw(t, at); key != "" {
				h.Set(at, key)
			}
		}
	}
	if text := rapid.SampledFrom([]string{"", "Types: deb\nURIs: https://a\nSuites: s\nComponents: main\nSigned-By: /etc/apt/keyrings/tools.asc\n",
		"# by hand\nTypes: deb\nURIs: https://a\nSuites: s\nComponents: main\n", "rubbish"}).Draw(t, "file"); text != "" {
		h.Set(file, text)
	}
	if rapid.IntRange(0, 4).Draw(t, "absent?") == 0 {
		return "tools", map[string]any{"absent": true}
	}
	d := map[string]any{"uris": []string{"https://a"}, "suites": []string{"s"}, "components": []string{"main"}}
	if rapid.Bool().Draw(t, "flat") {
		d = map[string]any{"uris": []string{"https://a", "https://b"}, "suites": []string{"./"}}
	}
	if rapid.Bool().Draw(t, "disabled") {
		d["enabled"] = false
	}
	switch rapid.SampledFrom([]string{"none", "armored", "binary", "there"}).Draw(t, "key") {
	case "armored":
		d["key"] = h.AddBody(armored)
	case "binary":
		d["key"] = h.AddBody(binary)
	case "there":
		d["signed_by"] = "/usr/share/keyrings/x.gpg"
	}
	return "tools", d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, repository.Kind(), draw) }

func change(t *testing.T, h *memory.Host, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, repository.Kind(), "tools", d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if difference := r.Diff(s); difference.None() {
		return difference, nil
	}
	return r.Diff(s), r.Apply(t.Context(), h, s)
}

func TestTheFileIsWhatAptReads(t *testing.T) {
	h := memory.New()
	mkdir(t, h, "/etc/apt", "/etc/apt/sources.list.d")
	d := map[string]any{
		"uris": []string{"https://a", "https://b"}, "suites": []string{"s"}, "components": []string{"main", "extra"}, "architectures": []string{"amd64"},
		"types": []string{"deb", "deb-src"}, "enabled": false, "key": h.AddBody(armored),
	}
	if _, err := change(t, h, d); err != nil {
		t.Fatal(err)
	}
	want := "Types: deb deb-src\nURIs: https://a https://b\nSuites: s\nComponents: main extra\nArchitectures: amd64\nSigned-By: /etc/apt/keyrings/tools.asc\nEnabled: no\n"
	if got := h.Text(file); got != want {
		t.Errorf("%s", got)
	}
	key := slices.Index(h.Calls, "write /etc/apt/keyrings/tools.asc")
	if sources := slices.Index(h.Calls, "write "+file); key < 0 || sources < key {
		t.Errorf("the key comes first: %v", h.Calls)
	}
}

func TestWhatDiffersIsShownByItsName(t *testing.T) {
	h := memory.New()
	mkdir(t, h, "/etc/apt", "/etc/apt/sources.list.d")
	h.Set(file, "# ours\nTypes: deb\nURIs:\n https://a\n https://old\nSuites: s\nComponents: main\nEnabled: no\n")
	found, err := change(t, h, map[string]any{"uris": []string{"https://a"}, "suites": []string{"s"}, "components": []string{"main"}})
	want := []gemba.Diff{{Attribute: "uris", From: "https://a https://old", To: "https://a"}, {Attribute: "enabled", From: "no", To: ""}}
	if err != nil || !reflect.DeepEqual(found.Diffs, want) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestABinaryKeyHasAnotherEnding(t *testing.T) {
	h := memory.New()
	mkdir(t, h, "/etc/apt", "/etc/apt/sources.list.d", "/etc/apt/keyrings")
	h.Set("/etc/apt/keyrings/tools.asc", armored)
	if _, err := change(t, h, map[string]any{"uris": []string{"https://a"}, "suites": []string{"./"}, "key": h.AddBody(binary)}); err != nil {
		t.Fatal(err)
	}
	if names, _ := h.ReadDir("/etc/apt/keyrings"); !slices.Equal(names, []string{"tools.gpg"}) || !strings.Contains(h.Text(file), "Signed-By: /etc/apt/keyrings/tools.gpg\n") {
		t.Errorf("%v, %s", names, h.Text(file))
	}
}

func TestWhatIsNoKeyIsNotTaken(t *testing.T) {
	for _, text := range []string{"", "<html>not found</html>"} {
		h := memory.New()
		mkdir(t, h, "/etc/apt", "/etc/apt/sources.list.d")
		_, err := change(t, h, map[string]any{"uris": []string{"https://a"}, "suites": []string{"./"}, "key": h.AddBody(text)})
		if err == nil || !strings.Contains(err.Error(), "no public key") || h.Text(file) != "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ name, declared, says string }{
		{"my repo", `{"absent": true}`, "passes over a file"},
		{"x", `{"absent": true, "uris": ["https://a"]}`, "has nothing else"},
		{"x", `{"suites": ["s"], "components": ["main"]}`, "needs uris"},
		{"x", `{"uris": ["https://a"], "components": ["main"]}`, "needs suites"},
		{"x", `{"uris": ["https://a"], "suites": ["s"]}`, "needs components"},
		{"x", `{"uris": ["https://a"], "suites": ["./"], "components": ["main"]}`, "has no components"},
		{"x", `{"uris": ["https://a\nTrusted: yes"], "suites": ["./"]}`, "with a space"},
		{"x", `{"uris": ["https://a"], "suites": ["./"], "types": ["rpm"]}`, "no type"},
	} {
		if _, err := repository.Kind().New(c.name, []byte(c.declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v", c.name, c.declared, err)
		}
	}
}
