package spec

import (
	"strings"
	"testing"
)

const coloured = `
variable "colour" { default = "blue" }
service "guestbook" { owner = var.colour }
`

func TestVariableValueComesFromFlagThenEnvironmentThenDefault(t *testing.T) {
	environ := func(name string) (string, bool) { return "green", name == "GEMBA_VAR_colour" }
	for _, test := range []struct {
		name, want string
		options    Options
	}{
		{"default", "blue", Options{}},
		{"environment", "green", Options{Environ: environ}},
		{"flag", "red", Options{Environ: environ, Variables: map[string]string{"colour": "red"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			declaration, found := Decode(one(coloured), test.options)
			if len(found) > 0 {
				t.Fatal(found)
			}
			if got := declaration.Services[0].Owner; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestUnknownFlagIsNamedWithTheNearestVariable(t *testing.T) {
	_, found := Decode(one(coloured), Options{Variables: map[string]string{"color": "red"}})
	if len(found) != 1 || found[0].File != "--var color" || found[0].Remedy != "Did you mean `colour`?" {
		t.Errorf("got %+v", found)
	}
	for _, d := range found {
		wellFormed(t, d)
	}
}

// A value from outside cannot pass for a secret, whatever marks it copies.
func TestVariableCannotForgeASecret(t *testing.T) {
	text := `
secret "key" { env = "KEY" }
variable "colour" {}
service "guestbook" {
  process "web" {
    command = ["./x", var.colour]
    env     = { A = "${var.colour}${secret.key}" }
  }
}`
	guess := newScope(one(text), nil, nil).marker + "secret:key" + markerEnd
	declaration, found := Decode(one(text), Options{Variables: map[string]string{"colour": guess}})
	if len(found) > 0 {
		t.Fatal(found)
	}
	web := declaration.Services[0].Processes[0]
	if secrets := web.Command[1].Secrets(); len(secrets) != 0 {
		t.Errorf("a variable became the secrets %v of a command", secrets)
	}
	if secrets := web.Env["A"].Secrets(); len(secrets) != 1 {
		t.Errorf("got secrets %v, want the one that was referred to", secrets)
	}
}

func TestServiceOwnsTheDirectoryOfItsFile(t *testing.T) {
	declaration, found := Decode([]File{
		{Name: "gemba.hcl", Bytes: []byte(`service "a" {
  process "web" { command = "./a" }
}`)},
		{Name: "services/b/gemba.hcl", Bytes: []byte("secret \"k\" { file = \"k\" }\nservice \"b\" {}")},
	}, Options{})
	if len(found) > 0 {
		t.Fatal(found)
	}
	a, _ := declaration.Service("a")
	b, _ := declaration.Service("b")
	if a.Dir != "." || b.Dir != "services/b" {
		t.Errorf("got %q and %q", a.Dir, b.Dir)
	}
	if got := declaration.Secrets[0].File; got != "services/b/k" {
		t.Errorf("the secret's file is %q", got)
	}
}

func TestDuplicateOverTwoFilesNamesBothPlaces(t *testing.T) {
	_, found := Decode([]File{
		{Name: "a.hcl", Bytes: []byte("\nservice \"x\" {}")}, {Name: "b.hcl", Bytes: []byte("service \"x\" {}")},
	}, Options{})
	if len(found) != 1 || found[0].File != "b.hcl" || !strings.Contains(found[0].Detail, "a.hcl:2") {
		t.Errorf("got %v", found)
	}
}

func TestMistakesOfAllFilesComeAtOnce(t *testing.T) {
	_, found := Decode([]File{
		{Name: "b.hcl", Bytes: []byte("service \"x\" { owner = 1 }")},
		{Name: "a.hcl", Bytes: []byte("nothing {}\nservice \"y\" { owner = 1 }")},
	}, Options{})
	if len(found) != 3 || found[0].File != "b.hcl" || found[1].Line != 1 || found[2].Line != 2 {
		t.Errorf("want them in the order of the files, then of the lines; got %v", found)
	}
}

// The parser recurses: what nests without end has to be refused before it.
func TestEndlessNestingIsADiagnostic(t *testing.T) {
	for _, piece := range []string{"(", "[", "{a=", "!", "-", "true?1:", "1+", "\"${", "a {\n"} {
		text := "a = " + strings.Repeat(piece, 20_000)
		if piece == "a {\n" {
			text = strings.Repeat(piece, 20_000)
		}
		declaration, found := Decode(one(text), Options{})
		if declaration != nil || len(found) == 0 {
			t.Errorf("%q repeated was taken", piece)
		}
		for _, d := range found {
			wellFormed(t, d)
		}
	}
}

func TestEmptyDeclarationIsEmpty(t *testing.T) {
	declaration := decode(t, "")
	if len(declaration.Services) != 0 || len(declaration.Pipelines) != 0 {
		t.Errorf("got %+v", declaration)
	}
}
