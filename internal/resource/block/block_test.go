package block_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource/block"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const conf = "/etc/app.conf"

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	if rapid.Bool().Draw(t, "is there") {
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", ""}), 0, 3).Draw(t, "lines")
		if rapid.Bool().Draw(t, "has a block") {
			words = append(words, "# BEGIN gemba it")
			words = append(words, rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y"}), 0, 3).Draw(t, "block")...)
			words = append(words, "# END gemba it")
		}
		text := strings.Join(words, end)
		if rapid.Bool().Draw(t, "closed") {
			text += end
		}
		h.Set(conf, text)
	}
	declared := map[string]any{"path": conf}
	if rapid.Bool().Draw(t, "absent") {
		declared["absent"] = true
		return "it", declared
	}
	declared["content"] = rapid.SampledFrom([]string{"", "x\n", "x", "x\ny\n", "x\r\ny"}).Draw(t, "content")
	declared["create"] = true
	if rapid.Bool().Draw(t, "after?") {
		declared["after"] = rapid.SampledFrom([]string{"a", "^$", "nowhere"}).Draw(t, "after")
	} else {
		declared["before"] = rapid.SampledFrom([]string{"a", "BOF"}).Draw(t, "before")
	}
	if rapid.Bool().Draw(t, "own marker") {
		declared["marker"] = "<!-- {mark} -->"
	}
	return "it", declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, block.Kind(), draw) }

func TestABlockComesWhereItIsDeclared(t *testing.T) {
	const b, e = "# BEGIN gemba it\n", "# END gemba it\n"
	for name, test := range map[string]struct {
		before   string
		declared map[string]any
		after    string
	}{
		"at the end, after a line without one": {"a", map[string]any{"content": "x"}, "a\n" + b + "x\n" + e},
		"in the place of the old one":          {"a\n" + b + "old\nold\n" + e + "z\n", map[string]any{"content": "x\n"}, "a\n" + b + "x\n" + e + "z\n"},
		"where it is, whatever after says":     {b + "old\n" + e + "z\n", map[string]any{"content": "x\n", "after": "z"}, b + "x\n" + e + "z\n"},
		"after a line":                         {"a\nz\n", map[string]any{"content": "x\n", "after": "a"}, "a\n" + b + "x\n" + e + "z\n"},
		"with windows line ends":               {"a\r\n", map[string]any{"content": "x\ny\n"}, "a\r\n# BEGIN gemba it\r\nx\r\ny\r\n# END gemba it\r\n"},
		"an empty one":                         {"a\n", map[string]any{"content": ""}, "a\n" + b + e},
		"none any more":                        {"a\n" + b + "old\n" + e + "z", map[string]any{"absent": true}, "a\nz"},
		"none any more at the end":             {"a\n" + b + "old\n# END gemba it", map[string]any{"absent": true}, "a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			h := memory.New()
			h.Set(conf, test.before)
			test.declared["path"] = conf
			if _, err := resourcetest.Change(t, block.Kind(), h, "it", test.declared); err != nil || h.Text(conf) != test.after {
				t.Errorf("%q, %v", h.Text(conf), err)
			}
		})
	}
}

func TestABlockWithoutAnEndIsLeftToPeople(t *testing.T) {
	for _, text := range []string{"# BEGIN gemba it\nprecious\n", "precious\n# END gemba it\n", "# END gemba it\n# BEGIN gemba it\n"} {
		h := memory.New()
		h.Set(conf, text)
		for _, declared := range []map[string]any{{"path": conf, "content": "x"}, {"path": conf, "absent": true}} {
			if _, err := resourcetest.Change(t, block.Kind(), h, "it", declared); err == nil || !strings.Contains(err.Error(), "put it back") || h.Text(conf) != text {
				t.Errorf("%q, %v", h.Text(conf), err)
			}
		}
	}
}

func TestTwoBlocksOfAFile(t *testing.T) {
	h := memory.New()
	for _, name := range []string{"one", "two", "one"} {
		if _, err := resourcetest.Change(t, block.Kind(), h, name, map[string]any{"path": conf, "content": name, "create": true}); err != nil {
			t.Fatal(err)
		}
	}
	if want := "# BEGIN gemba one\none\n# END gemba one\n# BEGIN gemba two\ntwo\n# END gemba two\n"; h.Text(conf) != want {
		t.Errorf("%q", h.Text(conf))
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"needs content":     `{"path": "/a"}`,
		"with {mark} in it": `{"path": "/a", "content": "x", "marker": "#"}`,
		"one of its marks":  `{"path": "/a", "content": "# END gemba it\n"}`,
		"nothing else than": `{"path": "/a", "absent": true, "content": "x"}`,
	} {
		if _, err := block.Kind().New("it", []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}
