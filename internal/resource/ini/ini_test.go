package ini_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource/ini"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const conf = "/etc/app.ini"

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	if rapid.Bool().Draw(t, "is there") {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"[one]", "[two] # tail", "k=1", "k = 2", "\tk=1", "  more", "#k=3", "; k = 4", "k", "", "other=k=1", "k=", "k 1"}), 0, 8).Draw(t, "lines")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		text := strings.Join(words, end)
		if rapid.Bool().Draw(t, "closed") {
			text += end
		}
		h.Set(conf, text)
	}
	declared := map[string]any{"path": conf, "section": rapid.SampledFrom([]string{"", "one", "two", "new"}).Draw(t, "section")}
	if rapid.Bool().Draw(t, "absent") {
		declared["absent"] = true
		if declared["section"] == "" || rapid.Bool().Draw(t, "with key") {
			declared["key"] = "k"
		}
		return "it", declared
	}
	declared["key"], declared["create"] = "k", true
	declared["value"] = rapid.SampledFrom([]string{"1", "2", "", "a=b # c"}).Draw(t, "value")
	if rapid.Bool().Draw(t, "own separator") {
		declared["separator"] = rapid.SampledFrom([]string{"=", ": ", " ", "\t"}).Draw(t, "separator")
	}
	return "it", declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, ini.Kind(), draw) }

func TestASettingComesWhereItIsDeclared(t *testing.T) {
	set := func(more ...string) map[string]any {
		declared := map[string]any{"section": "s", "key": "k", "value": "new"}
		for i := 0; i < len(more); i += 2 {
			declared[more[i]] = more[i+1]
		}
		return declared
	}
	for name, test := range map[string]struct {
		before   string
		declared map[string]any
		after    string
	}{
		"its own section only":               {"[r]\nk=1\n[s]\nk=1\n[t]\nk=1\n", set(), "[r]\nk=1\n[s]\nk=new\n[t]\nk=1\n"},
		"spaces of the old one stay":         {"[s]\n\tk  =  1\n", set(), "[s]\n\tk  =  new\n"},
		"the last of several counts":         {"[s]\nk=new\nk=1\n", set(), "[s]\nk=new\nk=new\n"},
		"a section that is there twice":      {"[s]\nk=1\n[t]\n[s]\nk=new\n", set(), "[s]\nk=1\n[t]\n[s]\nk=new\n"},
		"after the comment that shows it":    {"[s]\n# what k is\n#k = old\nz = 1\n", set(), "[s]\n# what k is\n#k = old\nk = new\nz = 1\n"},
		"at the end of its section":          {"[s]\na=1\n\n[t]\n", set("separator", "="), "[s]\na=1\nk=new\n\n[t]\n"},
		"a section that is not there":        {"[t]\na=1", set(), "[t]\na=1\n\n[s]\nk = new\n"},
		"before all sections":                {"a=1\n[s]\nk=1\n", set("section", ""), "a=1\nk = new\n[s]\nk=1\n"},
		"a value that goes on is replaced":   {"[s]\nk = 1\n  2\n  3\nz=1\n", set(), "[s]\nk = new\nz=1\n"},
		"indented settings are no going on":  {"[s]\n\tk = 1\n\tz = 1\n", set(), "[s]\n\tk = new\n\tz = 1\n"},
		"windows line ends":                  {"[s]\r\nk=1\r\n", set("key", "j"), "[s]\r\nk=1\r\nj = new\r\n"},
		"keys and values that spaces part":   {"[s]\nk   1\n", set("separator", " "), "[s]\nk new\n"},
		"a key that begins with another":     {"[s]\nkk=1\n", set("separator", "="), "[s]\nkk=1\nk=new\n"},
		"a setting goes, its comments stay":  {"[s]\n# k\nk=1\n  2\nk=3\nz=1\n", map[string]any{"section": "s", "key": "k", "absent": true}, "[s]\n# k\nz=1\n"},
		"a section goes with what is in it":  {"[r]\na=1\n[s]\nk=1\n[t]\n", map[string]any{"section": "s", "absent": true}, "[r]\na=1\n[t]\n"},
		"a key without a value":              {"[s]\nk\n", set(), "[s]\nk = new\n"},
		"a head with a comment, and with []": {"[s] ; it\nk=[1]\n", set(), "[s] ; it\nk=new\n"},
	} {
		t.Run(name, func(t *testing.T) {
			h := memory.New()
			h.Set(conf, test.before)
			test.declared["path"] = conf
			if _, err := resourcetest.Change(t, ini.Kind(), h, "it", test.declared); err != nil || h.Text(conf) != test.after {
				t.Errorf("%q, %v", h.Text(conf), err)
			}
		})
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"needs key and value":    `{"path": "/a", "key": "k"}`,
		"needs section or key":   `{"path": "/a", "absent": true}`,
		"without brackets":       `{"path": "/a", "section": "[s]", "key": "k", "value": "v"}`,
		"no separator in it":     `{"path": "/a", "key": "k=", "value": "v"}`,
		"read as something else": `{"path": "/a", "key": "#k", "value": "v"}`,
		"value is on one line":   `{"path": "/a", "key": "k", "value": "v\nw"}`,
	} {
		if _, err := ini.Kind().New("it", []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}
