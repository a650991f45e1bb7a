package kinds_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/resource/kinds"
	"gemba/internal/spec"
)

// decodes holds that a block may stand in a profile. What it refers to may be missing: examples refer to one another.
func decodes(t *testing.T, what, block string) {
	t.Helper()
	text := "secret \"key\" { env = \"KEY\" }\nprofile \"example\" {\n" + block + "\n}\n"
	_, found := spec.Decode([]spec.File{{Name: "gemba.hcl", Bytes: []byte(text)}}, spec.Options{Kinds: kinds.Schemas()})
	for _, d := range found {
		if !strings.HasSuffix(d.Summary, "in this profile") {
			t.Errorf("%s does not decode:\n%s", what, d.String())
		}
	}
}

func TestEveryExampleDecodes(t *testing.T) {
	for _, s := range kinds.Schemas() {
		decodes(t, "the example of "+s.Kind, s.Example)
		name := map[gemba.LabelForm]string{gemba.LabelPath: "/x"}[s.LabelForm]
		if name == "" {
			name = "x"
		}
		for _, a := range s.Attributes {
			block := fmt.Sprintf("%s %q {\n  %s = %s\n", s.Kind, name, a.Name, a.Example)
			for _, other := range s.Attributes {
				if other.Required && other.Name != a.Name {
					block += fmt.Sprintf("  %s = %s\n", other.Name, other.Example)
				}
			}
			decodes(t, "the example of "+s.Kind+"."+a.Name, block+"}")
		}
	}
}

func TestEverySchemaIsWhole(t *testing.T) {
	// What every resource takes, and what expressions may begin with, is no kind's own.
	common := []string{"requires", "notify", "for_each", "count"}
	roots := []string{"var", "secret", "service", "environment", "host", "profile", "facts", "each", "count", "port", "data"}
	var names []string
	for _, s := range kinds.Schemas() {
		if s.Label == "" || s.Meaning == "" || s.Example == "" {
			t.Errorf("%s has no label, meaning or example", s.Kind)
		}
		if slices.Contains(roots, s.Kind) || slices.Contains(names, s.Kind) {
			t.Errorf("the name %s is taken", s.Kind)
		}
		names = append(names, s.Kind)
		var settings []string
		for _, a := range s.Attributes {
			if a.Meaning == "" || a.Example == "" || a.Type == "" {
				t.Errorf("%s.%s has no meaning, example or type", s.Kind, a.Name)
			}
			if slices.Contains(common, a.Name) || slices.Contains(settings, a.Name) {
				t.Errorf("the name of %s.%s is taken", s.Kind, a.Name)
			}
			settings = append(settings, a.Name)
			if a.Into != "" {
				if into, found := s.Attribute(a.Into); !found || !into.Body {
					t.Errorf("%s.%s goes into %s, which is no body", s.Kind, a.Name, a.Into)
				}
			}
		}
	}
}

// What the declaration makes of an example, defaults filled in, is what its kind takes; and so is an absent one.
func TestEveryExampleIsTakenByItsKind(t *testing.T) {
	named := kinds.ByName()
	schemas := map[string]gemba.Schema{}
	for _, s := range kinds.Schemas() {
		schemas[s.Kind] = s
	}
	for _, s := range kinds.Schemas() {
		blocks := map[string]string{"the example": s.Example}
		if _, ok := s.Attribute("absent"); ok {
			name := map[gemba.LabelForm]string{gemba.LabelPath: "/x"}[s.LabelForm]
			if name == "" {
				name = "xx"
			}
			if s.Kind == "locale" {
				name = "de_DE.UTF-8"
			}
			block := fmt.Sprintf("%s %q {\n  absent = true\n%s", s.Kind, name, map[string]string{"line": "line = \"x\"\n", "ini": "key = \"x\"\n"}[s.Kind])
			for _, a := range s.Attributes {
				if a.Required {
					block += fmt.Sprintf("  %s = %s\n", a.Name, a.Example)
				}
			}
			blocks["an absent one"] = block + "}"
		}
		for what, block := range blocks {
			text := "secret \"key\" { env = \"KEY\" }\nprofile \"example\" {\n" + references.ReplaceAllString(block, "") + "\n}\n"
			declared, found := spec.Decode([]spec.File{{Name: "gemba.hcl", Bytes: []byte(text)}}, spec.Options{Kinds: kinds.Schemas()})
			if found.HasErrors() {
				t.Errorf("%s of %s: %s\n%s", what, s.Kind, found.Error(), text)
				continue
			}
			renderer := converge.Renderer{
				Schemas: schemas, Bodies: &converge.Texts{}, Facts: map[string]string{"hostname": "web", "architecture": "amd64"},
				Open: func(string) ([]byte, error) { return []byte("text"), nil },
				Source: func(string) (gemba.Body, error) {
					return gemba.Body{Digest: gemba.Digest("sha256:" + strings.Repeat("0", 64)), Size: 4}, nil
				},
				Secret: func(string) (gemba.Secret, error) { return gemba.NewSecret("$6$salt$" + strings.Repeat("x", 86)), nil },
			}
			items, err := renderer.Items(declared.Profiles[0].Resources)
			if err != nil {
				t.Errorf("%s of %s: %v", what, s.Kind, err)
			}
			for _, item := range items {
				if _, err := named[item.Kind].New(item.Name, item.Attributes); err != nil {
					t.Errorf("%s of %s: %v\n%s", what, s.Kind, err, item.Attributes)
				}
			}
		}
	}
}

// references are the settings of examples that lead to other resources.
var references = regexp.MustCompile(`(?m)^\s*(notify|requires|owner|group|groups|user|for_each)\s*=\s*[^"\n]*$`)
