package spec

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
)

// What stands in an env value comes out part by part, in order.
func TestSplitLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"a", " ", "é", "\u0301", ":", "${port}", "${data}", "${secret.key}"}), 1, 12).Draw(t, "pieces")
		text := strings.Join(pieces, "")
		declaration, found := Decode(one(fmt.Sprintf(`
secret "key" { env = "KEY" }
service "x" {
  data {}
  process "web" {
    command = "./x"
    env     = { A = "%s" }
  }
}`, text)), Options{})
		if len(found) > 0 {
			t.Fatal(found)
		}
		value := declaration.Services[0].Processes[0].Env["A"]
		resolved, err := value.Resolve(func(p gemba.Part) (string, error) {
			return map[string]string{"port": "<port>", "data": "<data>", "": "<" + p.Secret + ">"}[p.Var], nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer("${port}", "<port>", "${data}", "<data>", "${secret.key}", "<key>").Replace(text)
		if composed(resolved) != composed(want) {
			t.Errorf("%q became %q, want %q", text, resolved, want)
		}
	})
}

// composed evens out what Unicode normalisation may do to a letter and its accent.
func composed(s string) string { return strings.ReplaceAll(s, "a\u0301", "\u00e1") }

// Decoding the same text again gives the same declaration.
func TestDecodeIsDeterministic(t *testing.T) {
	text := gated
	first, err := json.Marshal(decode(t, text))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := json.Marshal(decode(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if string(again) != string(first) {
			t.Fatalf("got\n%s\n%s", first, again)
		}
	}
}

// A copy holds no secret, domain, port or schedule of its original.
func TestCopyLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var env []string
		for i, secret := range rapid.SliceOfN(rapid.Bool(), 0, 5).Draw(t, "secret") {
			text := `"plain"`
			if secret {
				text = `"a${secret.key}"`
			}
			env = append(env, fmt.Sprintf("V%d = %s", i, text))
		}
		declaration, found := Decode(one(fmt.Sprintf(`
secret "key" { env = "KEY" }
environment "production" {
  deploy "x" {
    domain = "x.example"
    env    = { %s }
  }
}
environment "staging" { copy_of = environment.production }
`, strings.Join(env, ", "))), Options{})
		if secrets := strings.Count(strings.Join(env, ""), "secret.key"); secrets != len(found) {
			t.Fatalf("%d secrets and %d diagnostics: %v", secrets, len(found), found)
		} else if secrets > 0 {
			return
		}
		staging, _ := declaration.Environment("staging")
		deploy, _ := staging.Deploy("x")
		if deploy.Domain != "" || deploy.Port != 0 || deploy.Schedules || len(deploy.Env) != len(env) {
			t.Errorf("got %+v", deploy)
		}
	})
}
