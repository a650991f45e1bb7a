package line_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource/line"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const conf = "/etc/app.conf"

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	if rapid.Bool().Draw(t, "is there") {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a=1", "a=2", "#a=3", "b", "", " a=1"}), 0, 6).Draw(t, "lines")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		text := strings.Join(words, end)
		if rapid.Bool().Draw(t, "closed") {
			text += end
		}
		if rapid.Bool().Draw(t, "linked") {
			h.Set("/etc/real.conf", text)
			if err := h.Symlink("real.conf", conf); err != nil {
				t.Fatal(err)
			}
		} else {
			h.Set(conf, text)
		}
	}
	declared := map[string]any{"path": conf, "line": rapid.SampledFrom([]string{"a=1", "b", "new", ""}).Draw(t, "line")}
	maybe := func(name string, values ...any) {
		if rapid.Bool().Draw(t, name+"?") {
			declared[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	maybe("match", "^#?a=", "b", "^$", "nowhere")
	if rapid.Bool().Draw(t, "absent") {
		declared["absent"] = true
		return "it", declared
	}
	declared["create"] = true
	if rapid.Bool().Draw(t, "after?") {
		maybe("after", "^a", "b", "nowhere")
	} else {
		maybe("before", "^a", "b", "BOF")
	}
	return "it", declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, line.Kind(), draw) }

func TestALineComesWhereItIsDeclared(t *testing.T) {
	for name, test := range map[string]struct {
		before   string
		declared map[string]any
		after    string
	}{
		"the last match is replaced":                    {"a=1\n#a=2\nb\n", map[string]any{"line": "a=3", "match": "^#?a="}, "a=1\na=3\nb\n"},
		"a match that is right already":                 {"#a=3\na=3\n", map[string]any{"line": "a=3", "match": "^#?a="}, "#a=3\na=3\n"},
		"a line is there that its pattern does not see": {"foo\nbar\n", map[string]any{"line": "bar", "match": "^foo"}, "foo\nbar\n"},
		"without a match it comes to the end":           {"a\n", map[string]any{"line": "b", "match": "^b"}, "a\nb\n"},
		"a missing end of line":                         {"a", map[string]any{"line": "b"}, "a\nb\n"},
		"the last line stays without an end":            {"a=1", map[string]any{"line": "a=2", "match": "a="}, "a=2"},
		"windows line ends stay":                        {"a\r\nb", map[string]any{"line": "c"}, "a\r\nb\r\nc\r\n"},
		"a windows line is the same line":               {"a\r\nb\r\n", map[string]any{"line": "b"}, "a\r\nb\r\n"},
		"after the last match":                          {"x\na\nx\nb\n", map[string]any{"line": "n", "after": "^x"}, "x\na\nx\nn\nb\n"},
		"before the last match":                         {"x\na\nx\nb\n", map[string]any{"line": "n", "before": "^x"}, "x\na\nn\nx\nb\n"},
		"at the beginning":                              {"x\n", map[string]any{"line": "n", "before": "BOF"}, "n\nx\n"},
		"after nothing that is there":                   {"x\n", map[string]any{"line": "n", "after": "^y"}, "x\nn\n"},
		"into an empty file":                            {"", map[string]any{"line": "n"}, "n\n"},
		"every match is taken out":                      {"a=1\nb\na=2\n", map[string]any{"match": "^a=", "absent": true}, "b\n"},
		"only the same line is taken out":               {"a=1\na=11\r\na=1", map[string]any{"line": "a=1", "absent": true}, "a=11\r\n"},
		"a part of a line is no match for line":         {"xay\n", map[string]any{"line": "a", "absent": true}, "xay\n"},
	} {
		t.Run(name, func(t *testing.T) {
			h := memory.New()
			h.Set(conf, test.before)
			test.declared["path"] = conf
			if _, err := resourcetest.Change(t, line.Kind(), h, "it", test.declared); err != nil || h.Text(conf) != test.after {
				t.Errorf("%q, %v", h.Text(conf), err)
			}
		})
	}
}

func TestAFileKeepsItsModeAndOwner(t *testing.T) {
	h := memory.New()
	h.Set(conf, "a\n")
	if err := h.Chown(conf, 33, 4); err != nil {
		t.Fatal(err)
	}
	if err := h.Chmod(conf, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := resourcetest.Change(t, line.Kind(), h, "it", map[string]any{"path": conf, "line": "b"}); err != nil {
		t.Fatal(err)
	}
	if info, _ := h.Lstat(conf); info.Mode != 0o640 || info.UID != 33 || info.GID != 4 {
		t.Errorf("%+v", info)
	}
}

func TestALinkStaysALink(t *testing.T) {
	h := memory.New()
	h.Set("/etc/real", "a\n")
	if err := h.Symlink("real", conf); err != nil {
		t.Fatal(err)
	}
	if _, err := resourcetest.Change(t, line.Kind(), h, "it", map[string]any{"path": conf, "line": "b"}); err != nil {
		t.Fatal(err)
	}
	if info, _ := h.Lstat(conf); info.Target != "real" || h.Text("/etc/real") != "a\nb\n" {
		t.Errorf("%+v, %q", info, h.Text("/etc/real"))
	}
}

func TestAFileIsMadeOnlyWhereItIsAskedFor(t *testing.T) {
	h := memory.New()
	difference, err := resourcetest.Change(t, line.Kind(), h, "it", map[string]any{"path": conf, "line": "a"})
	if err == nil || !strings.Contains(err.Error(), "create = true") || difference.May == "" {
		t.Fatalf("%+v, %v", difference, err)
	}
	if _, err := resourcetest.Change(t, line.Kind(), h, "it", map[string]any{"path": conf, "line": "a", "create": true}); err != nil || h.Text(conf) != "a\n" {
		t.Fatal(err)
	}
}

func TestTwoLinesOfAFileDoNotUndoEachOther(t *testing.T) {
	h := memory.New()
	h.Set(conf, "")
	a := resourcetest.Declare(t, line.Kind(), "a", map[string]any{"path": conf, "line": "a"})
	b := resourcetest.Declare(t, line.Kind(), "b", map[string]any{"path": conf, "line": "b"})
	stateA, _ := a.Observe(t.Context(), h)
	stateB, _ := b.Observe(t.Context(), h) // both looked before either changed something
	if err := a.Apply(t.Context(), h, stateA); err != nil {
		t.Fatal(err)
	}
	if err := b.Apply(t.Context(), h, stateB); err != nil || h.Text(conf) != "a\nb\n" {
		t.Errorf("%q, %v", h.Text(conf), err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"needs line":             `{"path": "/a"}`,
		"needs line or match":    `{"path": "/a", "absent": true}`,
		"has to be absolute":     `{"path": "a", "line": "x"}`,
		"exclude each other":     `{"path": "/a", "line": "x", "after": "a", "before": "b"}`,
		"match: error parsing":   `{"path": "/a", "line": "x", "match": "("}`,
		"several are a block":    `{"path": "/a", "line": "x\ny"}`,
		"no file is made for it": `{"path": "/a", "line": "x", "absent": true, "create": true}`,
	} {
		if _, err := line.Kind().New("it", []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}
