package spec

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Every default, example and block of the schema has to read well: remedies and the reference show them.
func TestSchemaReadsItsOwnExamples(t *testing.T) {
	everyBlock(vocabulary(kinds), func(b *block) {
		if b.name != "" && b.meaning == "" {
			t.Errorf("%s has no meaning", b.name)
		}
		for _, a := range b.attributes {
			if a.meaning == "" || a.example == "" {
				t.Errorf("%s.%s has no meaning or no example", b.name, a.name)
			}
			reads(t, b, a, a.example)
			if a.initial != "" {
				reads(t, b, a, a.initial)
			}
		}
	})
}

func TestSchemaBlockExamplesDecode(t *testing.T) {
	for _, b := range vocabulary(kinds).blocks {
		if b.example == "" {
			t.Errorf("%s has no example", b.name)
			continue
		}
		text := b.example
		if b.name == "pipeline" || b.name == "environment" {
			text = serviceBlock().example + "\n" + text
		}
		decode(t, text)
	}
	everyBlock(serviceBlock(), func(b *block) {
		if b.name != "service" && b.example != "" && b.name != "health" {
			decode(t, "service \"guestbook\" {\ndata {}\n"+b.example+"\n}")
		}
	})
}

func reads(t *testing.T, b *block, a attribute, text string) {
	t.Helper()
	e, problems := hclsyntax.ParseExpression([]byte(text), "example", hcl.InitialPos)
	if problems.HasErrors() {
		t.Errorf("%s.%s: %q: %v", b.name, a.name, text, problems)
		return
	}
	d := &decoder{diagnosis: newDiagnosis(nil), names: names{"environment": {production: nil, staging: nil}, "host": {"web": nil}, "profile": {"web": nil}}}
	d.scope = newScope(nil, nil, d.names)
	if b.resource != nil {
		d.options.Kinds = kinds
		d.scope = d.scope.within(around(b))
	}
	if _, ok := a.kind.read(d, a, e); !ok {
		t.Errorf("%s.%s: %q: %v", b.name, a.name, text, d.found)
	}
}

func everyBlock(b *block, visit func(*block)) {
	visit(b)
	for _, c := range b.blocks {
		everyBlock(c, visit)
	}
}
