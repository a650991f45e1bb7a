package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
)

func TestExpansionIsBounded(t *testing.T) {
	block := func(name string, count int) string {
		return fmt.Sprintf("note \"%s ${count.index}\" {\n  count = %d\n  text = \"a\"\n}\n", name, count)
	}
	var ten string
	for i := range 10 {
		ten += block(fmt.Sprint("n", i), 1000)
	}
	full := "profile \"web\" {\n" + ten + "}\n"
	if d := decode(t, full); len(d.Profiles[0].Resources) != 10_000 {
		t.Errorf("got %d resources", len(d.Profiles[0].Resources))
	}
	var many string
	for i := range 6 {
		many += strings.Replace(full, `"web"`, fmt.Sprintf(`"web-%d"`, i), 1)
	}
	for _, test := range []struct{ name, text, summary, detail string }{
		{"block", "profile \"web\" {\n" + block("n", 1001) + "}", "wrong value for `count`", "at most 1000"},
		{"list", "profile \"web\" {\nnote \"${each.key}\" {\nfor_each = [" + strings.Repeat(`"a",`, 1001) + "]\ntext = \"\"\n}\n}", "wrong value for `for_each`", "at most 1000"},
		{"profile", "profile \"web\" {\n" + ten + block("more", 1) + block("again", 1000) + "}", "too many resources", "more than 10000"},
		{"declaration", many, "too many resources", "more than 50000"},
		{"bytes", "profile \"web\" {\n" + strings.Replace(block("n", 1000), `"a"`, `"`+strings.Repeat("x", 100_000)+`"`, 1) + "}", "the declaration is too large", "64 MiB"},
		{"name", "profile \"web\" {\nnote \"" + strings.Repeat("x", 5000) + "\" { text = \"\" }\n}", "the name is too long", "4096"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, found := Decode(one(test.text), Options{Kinds: kinds})
			if len(found) != 1 || found[0].Summary != test.summary || !strings.Contains(found[0].Detail, test.detail) {
				t.Errorf("got %d: %v", len(found), found[:min(3, len(found))])
			}
		})
	}
}

// What stands in a text of a resource comes out part by part, in order: plain as a text, else as a value.
func TestTextOfAResourceLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"a", " ", "é", ":", "<", "${facts.hostname}", "${secret.key}"}), 0, 12).Draw(t, "pieces")
		text := strings.Join(pieces, "")
		declaration, found := Decode(one(fmt.Sprintf("secret \"key\" { env = \"KEY\" }\nprofile \"web\" {\n  file \"/a\" {\n    content = \"%s\"\n    vars = { v = \"%[1]s\" }\n  }\n}", text)), Options{Kinds: kinds})
		if len(found) > 0 {
			t.Fatal(found)
		}
		attributes := declaration.Profiles[0].Resources[0].Attributes
		var vars map[string]json.RawMessage
		if err := json.Unmarshal(attributes["vars"], &vars); err != nil {
			t.Fatal(err)
		}
		for _, raw := range []json.RawMessage{attributes["content"], vars["v"]} {
			var got string
			if err := json.Unmarshal(raw, &got); err != nil {
				var later struct{ Value gemba.Value }
				if err := json.Unmarshal(raw, &later); err != nil {
					t.Fatal(err)
				}
				got = later.Value.String()
			} else if strings.Contains(got, "${") {
				t.Errorf("%s is a plain text", raw)
			}
			if got != text {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}

// Decoding again gives the same; every edge leads to a resource of the profile; and without diagnostics there is an order.
func TestProfileLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "resources")
		var text strings.Builder
		text.WriteString("profile \"web\" {\n")
		for i := range n {
			reference := func(name string) string {
				var list []string
				for _, to := range rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 2).Draw(t, name) {
					list = append(list, fmt.Sprintf("file[\"/%d-b\"]", to))
				}
				return strings.Join(list, ", ")
			}
			fmt.Fprintf(&text, "  file \"/%d-${each.key}\" {\n    for_each = [\"a\", \"b\"]\n    requires = [%s]\n    notify   = [%s]\n  }\n", i, reference("requires"), reference("notify"))
		}
		text.WriteString("}\n")
		first, found := Decode(one(text.String()), Options{Kinds: kinds})
		again, foundAgain := Decode(one(text.String()), Options{Kinds: kinds})
		if fmt.Sprint(found) != fmt.Sprint(foundAgain) {
			t.Fatalf("got\n%v\n%v", found, foundAgain)
		}
		for _, d := range found {
			if !strings.Contains(d.Summary, "circle") && !strings.Contains(d.Summary, "itself") {
				t.Fatal(d)
			}
		}
		if first == nil {
			return
		}
		one, _ := json.Marshal(first)
		other, _ := json.Marshal(again)
		if string(one) != string(other) {
			t.Fatalf("got\n%s\n%s", one, other)
		}
		ordered(t, first.Profiles[0].Resources)
	})
}

// ordered takes resources away whose requirements are met, until none is left.
func ordered(t *rapid.T, left []gemba.Resource) {
	waits := map[string][]string{}
	for _, r := range left {
		waits[r.Address()] = append(waits[r.Address()], r.Requires...)
		for _, told := range r.Notifies {
			waits[told] = append(waits[told], r.Address())
		}
	}
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(r gemba.Resource) bool {
			return !slices.ContainsFunc(left, func(o gemba.Resource) bool { return slices.Contains(waits[r.Address()], o.Address()) })
		})
		if i < 0 {
			t.Fatalf("there is no order: %v", waits)
		}
		left = slices.Delete(slices.Clone(left), i, i+1)
	}
	for address, on := range waits {
		for _, other := range on {
			if !strings.HasPrefix(other, "file./") {
				t.Fatalf("%s waits for %q, which is nothing", address, other)
			}
		}
	}
}

// A value from outside cannot pass for a fact or a secret.
func TestVariableCannotForgeAFact(t *testing.T) {
	text := "variable \"v\" {}\nprofile \"web\" {\n  file \"/a\" {\n    content = \"${var.v}\"\n  }\n}"
	guess := newScope(one(text), nil, nil).marker + "fact:hostname" + markerEnd
	declaration, found := Decode(one(text), Options{Kinds: kinds, Variables: map[string]string{"v": guess}})
	if len(found) > 0 {
		t.Fatal(found)
	}
	var got string
	if err := json.Unmarshal(declaration.Profiles[0].Resources[0].Attributes["content"], &got); err != nil || got != guess {
		t.Errorf("got %q, %v", got, err)
	}
}

// A path beside the declaration starts where its file is.
func TestFilesOfResourcesStartAtTheirDeclaration(t *testing.T) {
	files := []File{{Name: "deploy/gemba.hcl", Bytes: []byte("profile \"web\" {\n  file \"/a\" { template = \"files/a.tmpl\" }\n}")}}
	declaration, found := Decode(files, Options{Kinds: kinds})
	if len(found) > 0 {
		t.Fatal(found)
	}
	r := declaration.Profiles[0].Resources[0]
	if got := string(r.Attributes["template"]); got != `"deploy/files/a.tmpl"` || r.Place.String() != "deploy/gemba.hcl:2" {
		t.Errorf("got %s at %s", got, r.Place)
	}
}

// Without kinds there are profiles, and nothing that may stand in them.
func TestProfileWithoutKinds(t *testing.T) {
	_, found := Decode(one("profile \"web\" {\n  file \"/a\" {}\n}"), Options{})
	if len(found) != 1 || found[0].Summary != "`profile` has no block `file`" {
		t.Errorf("got %v", found)
	}
}

// The place of a mistake in a name is under the mistake, whatever stands before it.
func TestMistakeInANameHasItsColumn(t *testing.T) {
	_, found := Decode(one("profile \"web\" {\n  note \"é${each.key}ü ${each.kee}\" {\n    for_each = [\"a\"]\n    text = \"\"\n  }\n}"), Options{Kinds: kinds})
	if len(found) != 1 {
		t.Fatal(found)
	}
	d := found[0]
	if got := string([]rune(d.Source)[d.Column-1 : d.EndColumn-1]); got != "each.kee" {
		t.Errorf("the place is %q", got)
	}
}
