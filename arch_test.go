package gemba_test

import (
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// A room is a package or a tree of packages, with what it may import. The
// house is an allow-list: a package that no room claims fails the test, so a
// new one has to choose its layer.
type room struct {
	pattern string   // path.Match over the import path without "gemba/"
	meaning string   // printed when the rule is broken
	allowed []string // patterns of our packages it may import
	foreign []string // modules or standard packages it may import beside the pure ones; "*" is any
}

var (
	nouns = "."
	// What no chapter may touch: they decide, drivers act.
	acts = []string{"os", "os/exec", "os/signal", "os/user", "syscall", "net", "net/http", "net/http/httptest", "database/sql", "golang.org/x/sys/unix"}
)

var house = []room{
	{pattern: ".", meaning: "the nouns import only the standard library and do no I/O"},

	{pattern: "internal/spec", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns, "internal/near"}, foreign: []string{"github.com/hashicorp/hcl/*", "github.com/zclconf/go-cty/*", "github.com/google/shlex", "github.com/robfig/cron/v3", "github.com/agext/levenshtein"}},
	{pattern: "internal/spec/detect", meaning: "looking at a repository is pure: it reads an fs.FS", allowed: []string{nouns}, foreign: []string{"golang.org/x/mod/modfile", "github.com/hashicorp/hcl/*", "github.com/zclconf/go-cty/*"}},
	{pattern: "internal/patch", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns}},
	{pattern: "internal/source", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns}},
	{pattern: "internal/build", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns, "internal/build/report", "internal/human"}},
	{pattern: "internal/build/report", meaning: "parsing reports is pure", allowed: []string{nouns}},
	{pattern: "internal/artifact", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns, "internal/near"}, foreign: []string{"github.com/klauspost/compress/gzip"}},
	{pattern: "internal/resource", meaning: "the shape of every kind of resource; it acts only through a System", allowed: []string{nouns}},
	{pattern: "internal/resource/memory", meaning: "a host in memory, for tests", allowed: []string{nouns, "internal/resource"}},
	{pattern: "internal/resource/resourcetest", meaning: "the laws of every kind, for tests", allowed: []string{nouns, "internal/resource", "internal/resource/memory"}, foreign: []string{"pgregory.net/rapid"}},
	{pattern: "internal/resource/kinds", meaning: "the list of all kinds", allowed: []string{nouns, "internal/resource", "internal/resource/*"}},
	{pattern: "internal/resource/*", meaning: "a kind of resource: small, and it acts only through a System", allowed: []string{nouns, "internal/resource", "internal/near"}, foreign: []string{"github.com/robfig/cron/v3"}},
	{pattern: "internal/converge", meaning: "a chapter decides; it knows the nouns, the shape of resources and the protocol", allowed: []string{nouns, "internal/resource", "internal/wire"}, foreign: []string{"golang.org/x/sync/errgroup", "github.com/aymanbagabas/go-udiff"}},
	{pattern: "internal/deploy", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns}, foreign: []string{"github.com/robfig/cron/v3"}},
	{pattern: "internal/pipeline", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns}},
	{pattern: "internal/monitor", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns}},
	{pattern: "internal/ledger", meaning: "a chapter decides; it knows the nouns alone", allowed: []string{nouns}, foreign: []string{"golang.org/x/mod/sumdb/*"}},

	{pattern: "internal/wire", meaning: "the protocol is plain values", allowed: []string{nouns}},
	{pattern: "internal/human", meaning: "quantities in words: a pure function"},
	{pattern: "internal/near", meaning: "a pure function of names"},
	{pattern: "internal/redact", meaning: "a pure function of text", allowed: nil},
	{pattern: "internal/rootfs", meaning: "what the worker does to a root filesystem that is baked; it knows only the protocol", allowed: []string{nouns, "internal/wire"}, foreign: []string{"golang.org/x/sys/unix"}},
	{pattern: "internal/worker", meaning: "the worker runs on every host: small, and knows only the protocol", allowed: []string{nouns, "internal/wire", "internal/redact", "internal/human", "internal/converge", "internal/patch", "internal/driver/host", "internal/resource", "internal/resource/kinds", "internal/rootfs"}, foreign: []string{"golang.org/x/sys/unix", "github.com/robfig/cron/v3"}},

	{pattern: "internal/driver/git", meaning: "a driver implements one chapter's port", allowed: []string{nouns, "internal/near", "internal/source"}, foreign: []string{"*"}},
	{pattern: "internal/driver/oci", meaning: "a driver implements one chapter's port", allowed: []string{nouns, "internal/artifact"}, foreign: []string{"*"}},
	{pattern: "internal/driver/edge", meaning: "a driver implements one chapter's port; it speaks to the edge without linking it", allowed: []string{nouns, "internal/deploy", "internal/edge/*"}, foreign: []string{"golang.org/x/*"}},
	{pattern: "internal/driver/process", meaning: "a driver speaks the worker's protocol", allowed: []string{nouns, "internal/wire"}, foreign: []string{"golang.org/x/*"}},
	{pattern: "internal/driver/ssh", meaning: "a driver implements one chapter's port: hosts by SSH", allowed: []string{nouns, "internal/converge"}, foreign: []string{"*"}},
	{pattern: "internal/driver/child", meaning: "a worker that is a process of this machine, for the drivers whose hosts are here"},
	{pattern: "internal/driver/rootfs", meaning: "a driver implements one chapter's port: a root filesystem as a host", allowed: []string{nouns, "internal/converge", "internal/wire", "internal/driver/child"}},
	{pattern: "internal/driver/local", meaning: "a driver implements one chapter's port: this machine as a host", allowed: []string{nouns, "internal/converge", "internal/driver/child"}},
	{pattern: "internal/driver/host", meaning: "a driver: the host that the worker runs on, as resources act on it", allowed: []string{nouns, "internal/resource", "internal/converge"}, foreign: []string{"golang.org/x/sys/unix", "github.com/godbus/*"}},
	{pattern: "internal/driver/*", meaning: "a driver implements one chapter's port", allowed: []string{nouns, "internal/monitor", "internal/ledger"}, foreign: []string{"*"}},
	{pattern: "internal/store/*", meaning: "a store implements the store ports of the chapters", allowed: []string{nouns, "internal/pipeline", "internal/deploy", "internal/ledger", "internal/build"}, foreign: []string{"*"}},

	{pattern: "internal/edge", meaning: "the edge is Caddy and our modules; it knows routes and targets", allowed: []string{nouns, "internal/deploy", "internal/edge/*"}, foreign: []string{"*"}},
	{pattern: "internal/edge/*", meaning: "what the edge and its client both say", allowed: []string{nouns, "internal/deploy"}, foreign: []string{"golang.org/x/*"}},

	{pattern: "internal/app", meaning: "the only place where parts meet", allowed: []string{nouns, "internal/*", "internal/*/*"}, foreign: []string{"golang.org/x/*", "filippo.io/age"}},
	{pattern: "internal/api", meaning: "a thin face of the app", allowed: []string{nouns, "internal/app", "internal/ledger", "internal/api/contract"}},
	{pattern: "internal/api/contract", meaning: "what the server's interface and its client both say", allowed: []string{nouns}},
	{pattern: "internal/serve", meaning: "the life of the server process; it joins the app with its faces", allowed: []string{nouns, "internal/app", "internal/api", "internal/api/contract", "internal/web", "internal/ledger"}},
	{pattern: "internal/client", meaning: "the one client of the API", allowed: []string{nouns, "internal/api/contract"}, foreign: []string{"golang.org/x/sys/unix"}},
	{pattern: "internal/view", meaning: "what people read; nouns in, text out", allowed: []string{nouns, "internal/view/line", "internal/human"}, foreign: []string{"golang.org/x/term", "golang.org/x/sys/unix", "github.com/rivo/uniseg"}},
	{pattern: "internal/view/line", meaning: "the line is drawn by one function; nouns in, text and SVG out", allowed: []string{nouns}},
	{pattern: "internal/web", meaning: "a thin face: it declares what it needs of the app", allowed: []string{nouns, "internal/view", "internal/view/line", "internal/human"}},
	{pattern: "internal/cli", meaning: "a thin face: it links the client, the declaration and the views, nothing heavy", allowed: []string{nouns, "internal/near", "internal/client", "internal/api/contract", "internal/spec", "internal/spec/detect", "internal/resource/kinds", "internal/view", "internal/view/line", "internal/human"}, foreign: []string{"github.com/spf13/cobra", "golang.org/x/term"}},

	{pattern: "cmd/gemba", meaning: "main only exits", allowed: []string{"internal/cli"}},
	{pattern: "cmd/gemba-server", meaning: "main only exits", allowed: []string{"internal/serve"}},
	{pattern: "cmd/gemba-edge", meaning: "main only exits", allowed: []string{"internal/edge"}},
	{pattern: "cmd/gemba-worker", meaning: "main only exits", allowed: []string{"internal/worker"}},

	{pattern: "internal/fleettest", meaning: "real Debian hosts for tests", foreign: []string{"*"}},
	{pattern: "internal/*/*test", meaning: "a conformance suite or a harness for tests", allowed: []string{nouns, "internal/*", "internal/*/*"}, foreign: []string{"*"}},
	{pattern: "e2e/toy", meaning: "the service that the end-to-end tests ship", foreign: []string{"github.com/coder/websocket"}},
	{pattern: "e2e", meaning: "end-to-end tests and benches use the executables", allowed: []string{nouns, "internal/*", "internal/*/*"}, foreign: []string{"*"}},
}

// What must never be linked, whatever the route: heavy engines cost every
// person who waits for a command, and every host that the worker goes to.
var links = map[string][]string{
	"gemba/cmd/gemba":        {"modernc.org/*", "github.com/caddyserver/*", "github.com/prometheus/*", "oras.land/*", "gemba/internal/app", "gemba/internal/store/*", "gemba/internal/driver/*"},
	"gemba/cmd/gemba-worker": {"modernc.org/*", "github.com/hashicorp/*", "github.com/prometheus/*", "github.com/caddyserver/*", "oras.land/*", "net/http", "crypto/tls", "gemba/internal/app"},
	"gemba/cmd/gemba-server": {"github.com/caddyserver/*"},
	"gemba/cmd/gemba-edge":   {"modernc.org/*", "github.com/prometheus/prometheus/*", "oras.land/*", "gemba/internal/app"},
}

type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

func TestEveryPackageKeepsItsLayer(t *testing.T) {
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "gemba"), "/")
		if name == "" {
			name = "."
		}
		i := slices.IndexFunc(house, func(r room) bool { return match(r.pattern, name) })
		if i < 0 {
			t.Errorf("%s has no room: add it to the house in arch_test.go, choosing its layer", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if why := house[i].refuses(imp); why != "" {
				t.Errorf("%s imports %s: %s (%s)", p.ImportPath, imp, why, house[i].meaning)
			}
		}
	}
}

func TestExecutablesLinkNothingHeavy(t *testing.T) {
	for _, p := range list(t, "./cmd/...") {
		for _, dep := range p.Deps {
			for _, banned := range links[p.ImportPath] {
				if match(banned, dep) {
					t.Errorf("%s links %s, which it must never pay for", p.ImportPath, dep)
				}
			}
		}
	}
}

func (r room) refuses(imp string) string {
	if own, ok := strings.CutPrefix(imp, "gemba/"); ok || imp == "gemba" {
		if imp == "gemba" {
			own = nouns
		}
		if !slices.ContainsFunc(r.allowed, func(a string) bool { return match(a, own) }) {
			return "not among what this room may import"
		}
		return ""
	}
	standard := !strings.Contains(strings.Split(imp, "/")[0], ".")
	if !standard {
		if !slices.ContainsFunc(r.foreign, func(f string) bool { return f == "*" || match(f, imp) }) {
			return "a module that this room does not use"
		}
		return ""
	}
	if r.chapter() && slices.Contains(acts, imp) {
		return "a chapter decides; it does not act"
	}
	return ""
}

func (r room) chapter() bool {
	return r.pattern == "." || strings.HasPrefix(r.meaning, "a chapter") || strings.HasSuffix(r.meaning, "is pure")
}

// match is path.Match, with a trailing "/*" reaching any depth of a module.
func match(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/*"); ok && strings.Contains(strings.Split(prefix, "/")[0], ".") {
		return name == prefix || strings.HasPrefix(name, prefix+"/")
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func list(t *testing.T, pattern string) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Standard,Imports,Deps", pattern).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}
