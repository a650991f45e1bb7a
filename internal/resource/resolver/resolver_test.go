package resolver_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resolver"
	"gemba/internal/resource/resourcetest"
)

const (
	file = "/etc/resolv.conf"
	stub = "../run/systemd/resolve/stub-resolv.conf"
)

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	declared := map[string]any{"nameservers": rapid.SampledFrom([][]string{{"10.0.0.2"}, {"10.0.0.2", "fd00::1"}}).Draw(t, "servers")}
	switch rapid.SampledFrom([]string{"nothing", "file", "link"}).Draw(t, "what is there") {
	case "file":
		h.Set(file, rapid.SampledFrom([]string{"", "nameserver 10.0.0.2\n", "search a\nsearch b\n"}).Draw(t, "content"))
	case "link":
		declared["replace"] = true
		if err := h.Symlink(stub, file); err != nil {
			t.Fatal(err)
		}
	}
	if rapid.Bool().Draw(t, "search?") {
		declared["search"] = []string{"a", "b.c"}
	}
	if rapid.Bool().Draw(t, "options?") {
		declared["options"] = []string{"rotate"}
	}
	return "it", declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, resolver.Kind(), draw) }

func TestALinkStaysUnlessItsReplacementIsAskedFor(t *testing.T) {
	h := memory.New()
	if err := h.Symlink(stub, file); err != nil {
		t.Fatal(err)
	}
	declared := map[string]any{"nameservers": []string{"10.0.0.2"}, "search": []string{"a"}}
	if _, err := resourcetest.Change(t, resolver.Kind(), h, "it", declared); err == nil || !strings.Contains(err.Error(), "replace = true") {
		t.Fatal(err)
	}
	declared["replace"] = true
	if _, err := resourcetest.Change(t, resolver.Kind(), h, "it", declared); err != nil {
		t.Fatal(err)
	}
	if info, _ := h.Lstat(file); info.Type != resource.Regular || !strings.HasSuffix(h.Text(file), "\nsearch a\nnameserver 10.0.0.2\n") {
		t.Errorf("%+v, %q", info, h.Text(file))
	}
}

func TestADifferenceNamesWhatDiffers(t *testing.T) {
	h := memory.New()
	h.Set(file, "nameserver 10.0.0.2\nsearch a\n")
	difference, err := resourcetest.Change(t, resolver.Kind(), h, "it", map[string]any{"nameservers": []string{"10.0.0.3"}, "search": []string{"a"}})
	if want := []gemba.Diff{{Attribute: "nameservers", From: "10.0.0.2", To: "10.0.0.3"}}; err != nil || !reflect.DeepEqual(difference.Diffs, want) {
		t.Errorf("%+v, %v", difference, err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"1 to 3":        `{}`,
		"are never ask": `{"nameservers": ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"]}`,
		"is no address": `{"nameservers": ["dns.example.com"]}`,
		"it is one wor": `{"nameservers": ["1.1.1.1"], "search": ["a b"]}`,
	} {
		if _, err := resolver.Kind().New("it", []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}
