package spec

import (
	"bytes"
	"encoding/json"
	"testing"

	"gemba"
)

const gated = `
secret "a" { env = "A" }
service "x" {
  process "web" { command = "./x" }
}
service "y" {
  process "web" { command = "./y" }
}
environment "production" {
  deploy "x" {}
  deploy "y" { env = { A = secret.a } }
}
pipeline "x" {
  stage "production" {
    verify "front" { http = "/" }
  }
}
`

const gatedOtherwise = `
pipeline "x" {
  stage "production" {
    verify "front" { http = "/" }
  }
}
environment "production" {
  deploy "y" { env = { A = secret.a } }
  deploy "x" {}
}
service "y" {
  process "web" { command = "./y --faster" }
}
service "x" {
  owner = "somebody else"
  process "web" { command = "./x" }
}
secret "a" { env = "A" }
`

func TestGatesDoNotDependOnOrderOrServices(t *testing.T) {
	one, other := Gates(decode(t, gated)), Gates(decode(t, gatedOtherwise))
	if !bytes.Equal(one, other) {
		t.Errorf("got\n%s\n%s", one, other)
	}
}

func TestGatesChangeWithEachGate(t *testing.T) {
	before := Gates(decode(t, gated))
	for _, change := range [][2]string{
		{`http = "/"`, `http = "/other"`},
		{`verify "front" { http = "/" }`, ``},
		{`env = "A"`, `env = "B"`},
		{`deploy "x" {}`, `deploy "x" { port = 8080 }`},
	} {
		text := bytes.Replace([]byte(gated), []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(before, Gates(decode(t, string(text)))) {
			t.Errorf("%q instead of %q changed nothing", change[1], change[0])
		}
	}
}

// Services of a commit and gates that were accepted make one declaration.
func TestCompleteGivesAServiceOfElsewhereItsPipeline(t *testing.T) {
	accepted := decode(t, `
environment "production" {
  deploy "x" {}
}
environment "staging" { copy_of = environment.production }
`)
	var merged gemba.Declaration
	if err := json.Unmarshal(Gates(accepted), &merged); err != nil {
		t.Fatal(err)
	}
	merged.Services = decode(t, `service "x" {
  process "web" {
    command = "./x"
    health  = http("/healthz")
  }
}`).Services
	Complete(&merged)
	p, found := merged.Pipeline("x")
	if !found || len(p.Stages) != 2 || p.Stages[0].Name != "staging" || p.Stages[1].Verifies[0].HTTP != "/healthz" {
		t.Errorf("got %+v", p)
	}
}
