package firewall_test

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/firewall"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const (
	file  = "/etc/nftables.d/web.nft"
	good  = "# ours\ntable inet web {\n  chain input { type filter hook input priority 0; }\n}\n"
	other = "table inet web {\n}\n"
	head  = "table inet web\ndelete table inet web\n"
)

// kernel gives a host an nft, whose tables are in /run/kernel: what was loaded, and what somebody did to it since.
func kernel(h *memory.Host) {
	_ = h.Mkdir("/run", resource.Meta{Mode: 0o755})
	packets := 0
	h.Program("nft", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		fail := func(text string) (resource.Output, error) {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte(text)}
		}
		switch words := c.Argv[1:]; strings.Join(words[:2], " ") {
		case "-j list":
			text := h.Text("/run/kernel")
			if strings.Join(words[2:], " ") != "table inet web" || text == "" {
				return fail("Error: No such file or directory\nlist table " + words[3])
			}
			packets++
			return resource.Output{Stdout: []byte(fmt.Sprintf(`{"nftables": [{"metainfo": {"version": "%d"}}, {"table": {"family": "inet", "name": "web", "handle": %d}},
				{"rule": {"handle": 4, "expr": [{"counter": {"packets": %d, "bytes": 7}}, "%x"]}}, {"set": {"name": "s", "flags": ["dynamic"], "elem": [%d]}}]}`,
				packets, packets, packets, sha256.Sum256([]byte(text)), packets))}, nil
		case "-c -f", "-f -", "-f " + file:
			text := string(c.Stdin)
			if at := words[len(words)-1]; at != "-" {
				text = h.Text(at)
			}
			body, ok := strings.CutPrefix(text, head)
			if !ok || strings.Contains(body, "wrong") {
				return fail(words[len(words)-1] + ":4:3-7: Error: syntax error, unexpected string\n  wrong\n  ^^^^^")
			}
			if words[0] != "-c" {
				if h.Set("/run/kernel", body); body == "" {
					_ = h.Remove("/run/kernel")
				}
			}
			return resource.Output{}, nil
		}
		return fail("Error: syntax error")
	})
	h.Calls = nil
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	kernel(h)
	h.Baked = rapid.Bool().Draw(t, "baked")
	if rapid.Bool().Draw(t, "directory") {
		_ = h.Mkdir("/etc/nftables.d", resource.Meta{Mode: 0o755})
		if text := rapid.SampledFrom([]string{"", head + good, head + other, good}).Draw(t, "file"); text != "" {
			h.Set(file, text)
		}
	}
	if text := rapid.SampledFrom([]string{"", "flush ruleset", "include \"/etc/nftables.d/*.nft\"\n"}).Draw(t, "conf"); text != "" {
		h.Set("/etc/nftables.conf", text)
	}
	if text := rapid.SampledFrom([]string{"", good, "by hand"}).Draw(t, "kernel"); text != "" && !h.Baked {
		h.Set("/run/kernel", text)
	}
	h.Calls = nil
	if rapid.IntRange(0, 3).Draw(t, "absent?") == 0 {
		return "web", map[string]any{"absent": true}
	}
	return "web", map[string]any{"content": h.AddBody(good)}
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, firewall.Kind(), draw) }

func change(t *testing.T, h *memory.Host, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, firewall.Kind(), "web", d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if difference := r.Diff(s); difference.None() {
		return difference, nil
	}
	return r.Diff(s), r.Apply(t.Context(), h, s)
}

func TestWhatSomebodyDidInTheKernelIsUndone(t *testing.T) {
	h := memory.New()
	kernel(h)
	d := map[string]any{"content": h.AddBody(good)}
	if _, err := change(t, h, d); err != nil {
		t.Fatal(err)
	}
	h.Set("/run/kernel", "by hand")
	found, err := change(t, h, d)
	if want := []gemba.Diff{{Attribute: "running", From: "changed since it was loaded", To: "as declared"}}; err != nil || !reflect.DeepEqual(found.Diffs, want) {
		t.Errorf("%+v, %v", found, err)
	}
	if h.Text("/run/kernel") != good {
		t.Errorf("the kernel has %q", h.Text("/run/kernel"))
	}
}

func TestANewTableIsOneDifference(t *testing.T) {
	h := memory.New()
	kernel(h)
	for _, text := range []string{good, other} {
		d := map[string]any{"content": h.AddBody(text)}
		found, err := change(t, h, d)
		if err != nil || text == other && (len(found.Diffs) != 1 || found.Diffs[0].Attribute != "content") {
			t.Errorf("%+v, %v", found, err)
		}
	}
	if h.Text("/run/kernel") != other {
		t.Errorf("the kernel has %q", h.Text("/run/kernel"))
	}
}

func TestATableThatIsNotValidNeverTakesThePlaceOfTheOld(t *testing.T) {
	h := memory.New()
	kernel(h)
	if _, err := change(t, h, map[string]any{"content": h.AddBody(good)}); err != nil {
		t.Fatal(err)
	}
	_, err := change(t, h, map[string]any{"content": h.AddBody("table inet web {\n  wrong\n}\n")})
	if err == nil || err.Error() != "the table is not valid, the old one stays: line 2, columns 3 to 7: Error: syntax error, unexpected string" {
		t.Errorf("%v", err)
	}
	if h.Text(file) != head+good || h.Text("/run/kernel") != good {
		t.Errorf("%q, %q", h.Text(file), h.Text("/run/kernel"))
	}
}

func TestOtherTablesAreNotTouched(t *testing.T) {
	for text, says := range map[string]string{
		"flush ruleset\n" + good:                                      `says "flush ruleset"`,
		"table inet web { }\ntable ip nat { }\n":                      `says "table ip nat"`,
		"table inet web { } ; delete table ip nat\n":                  `says "delete table ip nat"`,
		"include \"/etc/x\"\n":                                        "says",
		"} table ip nat { }\n" + good:                                 "closes nothing",
		"# table inet web { }\n":                                      "does not define",
		"define x = \"#\"\ndefine y = { 1, 2 }\n" + good:              "",
		"table inet web {\n # } table ip nat {\n comment \"} \"\n}\n": "",
	} {
		h := memory.New()
		kernel(h)
		_, err := change(t, h, map[string]any{"content": h.AddBody(text)})
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWithoutNftThePlanIsUnsure(t *testing.T) {
	h := memory.New()
	found, err := change(t, h, map[string]any{"content": h.AddBody(good)})
	if !strings.Contains(found.May, "nft is not there yet") || err == nil || !strings.Contains(err.Error(), `declare package "nftables"`) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ name, declared, says string }{
		{"web", `{}`, "needs a content"},
		{"web", `{"absent": true, "content": {"digest": "sha256:0", "size": 1}}`, "has nothing else"},
		{".web", `{"absent": true}`, "hidden"},
		{"web", `{"absent": true, "table": "inet a; flush ruleset"}`, "is no table"},
		{"80", `{"absent": true}`, "is no table"},
	} {
		if _, err := firewall.Kind().New(c.name, []byte(c.declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v", c.name, c.declared, err)
		}
	}
}
