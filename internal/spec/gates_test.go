package spec

import (
	"bytes"
	"encoding/json"
	"strings"
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

const housed = `
host "web" { address = ["10.0.0.1", "10.0.0.2"] }
host "stage" { address = "10.0.0.3" }
profile "web" {
  file "/a" { content = "a" }
}
profile "spare" {}
environment "production" {
  group "web" {
    hosts   = host.web
    profile = profile.web
  }
  group "more" { hosts = [] }
}
environment "staging" {
  copy_of = environment.production
  group "web" { hosts = host.stage }
  group "more" { hosts = [] }
}
`

// Hosts, groups and the names of profiles are gates; what is in a profile travels with the commit.
func TestGatesOfHosts(t *testing.T) {
	before := Gates(decode(t, housed))
	for _, test := range []struct {
		instead, with string
		gate          bool
	}{
		{`"10.0.0.2"`, `"10.0.0.4"`, true},
		{`"10.0.0.3"`, "\"10.0.0.3\"\n  user = \"ana\"\n", true},
		{"    hosts   = host.web", "    hosts   = [host.web-2, host.web-1]", true},
		{"    profile = profile.web", "    profile = profile.spare", true},
		{"group \"more\" { hosts = [] }\n}\nenvironment", "group \"more\" { hosts = host.stage }\n}\nenvironment", true},
		{`profile "spare" {}`, ``, true},
		{`content = "a"`, `content = "b"`, false},
		{`host "stage"`, "\n\n\nhost \"stage\"", false},
		{"profile \"spare\" {}\n", "", true},
	} {
		text := strings.Replace(housed, test.instead, test.with, 1)
		if text == housed {
			t.Fatalf("%q is not there", test.instead)
		}
		if strings.Contains(test.with, "hosts = host.stage") {
			text = strings.Replace(text, `group "web" { hosts = host.stage }`, `group "web" { hosts = [] }`, 1)
		}
		text = strings.Replace(text, "host \"stage\" { address = \"10.0.0.3\"\n  user = \"ana\"\n }", "host \"stage\" {\n address = \"10.0.0.3\"\n  user = \"ana\"\n }", 1)
		if changed := !bytes.Equal(before, Gates(decode(t, text))); changed != test.gate {
			t.Errorf("%q instead of %q: changed %v", test.with, test.instead, changed)
		}
	}
	var again gemba.Declaration
	if err := json.Unmarshal(before, &again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, Gates(&again)) {
		t.Error("gates of gates are others")
	}
}
