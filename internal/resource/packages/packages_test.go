package packages_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/packages"
	"gemba/internal/resource/resourcetest"
)

// draw makes up a host with some packages in some states, and a declaration of one.
func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	if rapid.Bool().Draw(t, "old lists") {
		h.Now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
	}
	w := newWorld(h)
	h.Now = time.Now
	if rapid.Bool().Draw(t, "no lists") {
		_ = h.Remove("/var/lib/apt/lists/deb.debian.org_Packages.lz4")
	}
	name := rapid.SampledFrom([]string{"nginx", "g++", "exim4"}).Draw(t, "name")
	version := w.versions[name][len(w.versions[name])-1]
	w.unlisted[name] = rapid.Bool().Draw(t, "unlisted")
	if status := rapid.SampledFrom([]string{"", "install ok installed", "hold ok installed", "deinstall ok config-files", "install ok half-configured",
		"install ok unpacked", "hold ok not-installed", "install reinstreq half-installed", "install ok triggers-pending"}).Draw(t, "status"); status != "" {
		w.put(name, status, version)
	}
	h.Set("/srv/x.deb", "")
	w.debs["/srv/x.deb"] = name + " 7.0"
	d := map[string]any{}
	switch rapid.SampledFrom([]string{"there", "version", "latest", "file", "absent", "purge", "virtual"}).Draw(t, "what is declared") {
	case "version":
		d["version"] = rapid.SampledFrom(w.versions[name]).Draw(t, "version")
	case "latest":
		d["version"] = "latest"
	case "file":
		d["source"] = "/srv/x.deb"
	case "absent":
		return name, map[string]any{"absent": true}
	case "purge":
		return name, map[string]any{"purge": true}
	case "virtual":
		w.put("exim4", "install ok installed", "4.96")
		return "mail-transport-agent", d
	}
	if rapid.Bool().Draw(t, "recommends?") {
		d["recommends"] = true
	}
	held := strings.HasPrefix(w.load()[name].want, "hold")
	if held || rapid.Bool().Draw(t, "hold?") { // what is held by hand and not by declaration stays as it is
		d["hold"] = rapid.Bool().Draw(t, "hold")
	}
	return name, d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, packages.Kind(), draw) }

// caching is a host that remembers, as real ones do.
type caching struct {
	*memory.Host
	cache *resource.Cache
}

func (c caching) Cache() *resource.Cache { return c.cache }

type declaration struct {
	name string
	d    map[string]any
}

// plan observes several packages as the engine does.
func plan(t *testing.T, h *memory.Host, all ...declaration) (caching, []resource.Resource, []resource.State, []resource.Difference) {
	t.Helper()
	sys := caching{h, &resource.Cache{}}
	var rs []resource.Resource
	for _, one := range all {
		rs = append(rs, resourcetest.Declare(t, packages.Kind(), one.name, one.d))
	}
	if err := packages.Kind().Warm(t.Context(), sys, rs); err != nil {
		t.Fatal(err)
	}
	var states []resource.State
	var differences []resource.Difference
	for _, r := range rs {
		s, err := r.Observe(t.Context(), sys)
		if err != nil {
			t.Fatal(err)
		}
		states, differences = append(states, s), append(differences, r.Diff(s))
	}
	return sys, rs, states, differences
}

func converge(t *testing.T, h *memory.Host, all ...declaration) []error {
	t.Helper()
	sys, rs, states, _ := plan(t, h, all...)
	return packages.Kind().Together(t.Context(), sys, rs, states)
}

func runs(h *memory.Host, prefix string) (calls []string) {
	for _, call := range h.Calls {
		if strings.HasPrefix(call, "run "+prefix) {
			calls = append(calls, call)
		}
	}
	return calls
}

func TestEverythingIsOneTransactionThatWasSimulatedOnce(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	w.put("cowsay", "install ok installed", "3.03")
	w.put("g++", "install ok installed", "4:11")
	all := []declaration{{"nginx", nil}, {"cowsay", map[string]any{"absent": true}}, {"g++", map[string]any{"version": "latest"}}}
	sys, rs, states, found := plan(t, h, all...)
	want := []resource.Difference{
		{Action: "create", Diffs: []gemba.Diff{{Attribute: "version", To: "1.1-1"}}},
		{Action: "remove", Diffs: []gemba.Diff{{Attribute: "version", From: "3.03"}, {Attribute: "pulls", To: "nginx-common 1.1-1 (together with g++, nginx)"}}},
		{Action: "update", Diffs: []gemba.Diff{{Attribute: "version", From: "4:11", To: "4:12"}}},
	}
	if !reflect.DeepEqual(found, want) {
		t.Errorf("the plan is\n%+v, not\n%+v", found, want)
	}
	if simulated := runs(h, "apt-get -s"); len(simulated) != 1 {
		t.Errorf("simulated %v", simulated)
	}
	for _, err := range packages.Kind().Together(t.Context(), sys, rs, states) {
		if err != nil {
			t.Error(err)
		}
	}
	if done := runs(h, "apt-get -y"); len(done) != 1 || !strings.HasSuffix(done[0], "install -- cowsay- g++ nginx") {
		t.Errorf("done: %v", done)
	}
}

func TestNothingThatIsAsDeclaredRunsAProgram(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	var all []declaration
	for i := range 100 {
		name := fmt.Sprintf("lib%d", i)
		w.put(name, "install ok installed", "1")
		all = append(all, declaration{name, nil})
	}
	_, _, _, found := plan(t, h, all...)
	for _, d := range found {
		if !d.None() {
			t.Errorf("%+v", d)
		}
	}
	if len(h.Calls) > 0 {
		t.Errorf("%v", h.Calls)
	}
}

func TestAPackageThatDoesNotExistKeepsTheOthersFromNothing(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	all := []declaration{{"nginxx", nil}, {"cowsay", nil}, {"nginx", map[string]any{"version": "9.9"}}, {"mail-transport-agent", nil}}
	_, _, _, found := plan(t, h, all...)
	if found[0].May != `apt knows no such package; did you mean "nginx"?` || found[1].May != "" {
		t.Errorf("the plan says %q and %q", found[0].May, found[1].May)
	}
	errs := converge(t, h, all...)
	for i, says := range []string{`nginxx: apt knows no such package; did you mean "nginx"?`, "", "nginx: apt does not know that version; there is 1.1-1, 1.0-1", "declare one of those that provide it: exim4"} {
		if says == "" && errs[i] != nil || says != "" && (errs[i] == nil || !strings.Contains(errs[i].Error(), says)) {
			t.Errorf("%s: %v", all[i].name, errs[i])
		}
	}
	if w.load()["cowsay"].state != "installed" || w.updates != 1 {
		t.Errorf("%+v after %d updates", w.load(), w.updates)
	}
}

func TestOnlyThePackageThatFailsFails(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	w.broken["nginx"] = true
	errs := converge(t, h, declaration{"nginx", nil}, declaration{"cowsay", nil})
	if errs[0] == nil || errs[1] != nil {
		t.Fatalf("%v", errs)
	}
	logged, ok := errs[0].(interface{ Log() []string })
	if !ok || !strings.Contains(strings.Join(logged.Log(), "\n"), "Setting up things") {
		t.Errorf("%#v", errs[0])
	}
}

func TestListsAreUpdatedOnlyWhenTheyAreOldOrEmpty(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		age, source time.Duration
		empty       bool
		updates     int
		may         string
		shown       bool
	}{
		"fresh":                       {age: time.Hour, source: 2 * day},
		"two days old":                {age: 2 * day, source: 3 * day, updates: 1, shown: true},
		"older than a repository":     {age: time.Hour, source: time.Minute, updates: 1, shown: true},
		"none, and fresh directories": {empty: true, source: 3 * day, updates: 1, shown: true, may: "versions are known only after the lists of packages were updated"},
	} {
		t.Run(name, func(t *testing.T) {
			h := memory.New()
			at := func(age time.Duration) { h.Now = func() time.Time { return time.Now().Add(-age) } }
			at(c.age)
			w := newWorld(h)
			at(c.source)
			for _, dir := range []string{"/etc/apt", "/etc/apt/sources.list.d"} {
				if err := h.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil {
					t.Fatal(err)
				}
			}
			h.Set("/etc/apt/sources.list.d/x.sources", "")
			at(0)
			if c.empty {
				if err := h.Remove("/var/lib/apt/lists/deb.debian.org_Packages.lz4"); err != nil {
					t.Fatal(err)
				}
			}
			_, _, _, found := plan(t, h, declaration{"cowsay", nil})
			if shown := strings.Contains(fmt.Sprint(found[0].Diffs), "updated before"); found[0].May != c.may || shown != c.shown {
				t.Errorf("the plan is %+v", found[0])
			}
			if errs := converge(t, h, declaration{"cowsay", nil}); errs[0] != nil || w.updates != c.updates {
				t.Errorf("%v after %d updates", errs, w.updates)
			}
			if errs := converge(t, h, declaration{"g++", nil}); errs[0] != nil || w.updates != c.updates {
				t.Errorf("%v: the next change came to %d updates", errs, w.updates)
			}
		})
	}
}

func TestTheLatestIsLookedForInNewLists(t *testing.T) {
	h := memory.New()
	h.Now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
	w := newWorld(h)
	h.Now = time.Now
	w.put("nginx", "install ok installed", "1.1-1")
	d := declaration{"nginx", map[string]any{"version": "latest"}}
	_, _, _, found := plan(t, h, d)
	want := resource.Difference{Action: "update", Diffs: []gemba.Diff{{Attribute: "lists", From: "out of date", To: "updated before"}},
		May: "whether there is a newer version is known only after the lists of packages were updated"}
	if !reflect.DeepEqual(found[0], want) {
		t.Errorf("the plan is %+v", found[0])
	}
	w.versions["nginx"] = []string{"1.2-1"} // which the update brings
	if errs := converge(t, h, d); errs[0] != nil || w.load()["nginx"].version != "1.2-1" {
		t.Errorf("%v, and it is %+v", errs, w.load()["nginx"])
	}
	if _, _, _, found := plan(t, h, d); !found[0].None() {
		t.Errorf("again: %+v", found[0])
	}
}

func TestWhoHoldsTheLockIsNamed(t *testing.T) {
	h := memory.New()
	newWorld(h).locked = true
	errs := converge(t, h, declaration{"nginx", nil})
	if errs[0] == nil || !strings.Contains(errs[0].Error(), "unattended-upgr, process 4711") {
		t.Error(errs)
	}
}

func TestAHeldPackageOfADeclaredVersionIsChangedAndHeldAgain(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	w.put("nginx", "hold ok installed", "1.1-1")
	if errs := converge(t, h, declaration{"nginx", map[string]any{"version": "1.0-1", "hold": true}}); errs[0] != nil {
		t.Fatal(errs)
	}
	if got, want := w.load()["nginx"], (record{"hold", "ok", "installed", "1.0-1"}); got != want {
		t.Errorf("it is %+v", got)
	}
}

func TestAHoldThatIsNotDeclaredIsRespected(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	w.put("nginx", "hold ok installed", "1.0-1")
	if _, _, _, found := plan(t, h, declaration{"nginx", map[string]any{"absent": true}}); !strings.Contains(found[0].May, "apt-mark unhold") {
		t.Errorf("the plan says that it is certain: %+v", found[0])
	}
	errs := converge(t, h, declaration{"nginx", map[string]any{"version": "latest"}})
	if errs[0] == nil || !strings.Contains(errs[0].Error(), "declare `hold`") || w.load()["nginx"].version != "1.0-1" {
		t.Errorf("%v, and it is %+v", errs, w.load()["nginx"])
	}
}

func TestAPackageThatAptRefusesKeepsTheOthersFromNothing(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	w.put("nginx", "hold ok installed", "1.0-1")
	errs := converge(t, h, declaration{"nginx", map[string]any{"version": "latest"}}, declaration{"cowsay", nil})
	if errs[0] == nil || errs[1] != nil || w.load()["cowsay"].state != "installed" {
		t.Errorf("%v, and there is %+v", errs, w.load())
	}
}

func TestAnInstalledProviderSatisfiesAVirtualName(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	for status, satisfied := range map[string]bool{"install ok installed": true, "install ok half-configured": false, "deinstall ok config-files": false} {
		w.put("exim4", status, "4.96")
		for _, name := range []string{"mail-transport-agent", "smtp"} {
			if _, _, _, found := plan(t, h, declaration{name, nil}); found[0].None() != satisfied {
				t.Errorf("exim4 is %s: %+v", status, found[0])
			}
		}
	}
}

func TestAFileThatAnotherResourceBringsIsNotThereInThePlan(t *testing.T) {
	h := memory.New()
	newWorld(h)
	_, _, _, found := plan(t, h, declaration{"tool", map[string]any{"source": "/srv/tool.deb"}})
	if found[0].Action != gemba.ActionCreate || !strings.Contains(found[0].May, "is not there yet") {
		t.Errorf("%+v", found[0])
	}
	r := resourcetest.Declare(t, packages.Kind(), "tool", map[string]any{"source": "/srv/tool.deb"})
	if got, want := r.Needs(), []resource.Token{"repositories", "path:/srv/tool.deb"}; !reflect.DeepEqual(got, want) {
		t.Errorf("it needs %v", got)
	}
}

func TestAPackageOfAnotherArchitectureIsAnotherPackage(t *testing.T) {
	h := memory.New()
	newWorld(h)
	h.Set(status, "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\nPackage: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 2\n")
	_, _, _, found := plan(t, h, declaration{"libc6", nil}, declaration{"libc6:i386", nil})
	if found[0].None() || !found[1].None() {
		t.Errorf("%+v", found)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ name, declared, says string }{
		{"nginx-", `{}`, "no name of a package"},
		{"-y", `{}`, "no name of a package"},
		{"~nnginx", `{}`, "no name of a package"},
		{"nginx", `{"version": "-1"}`, "no version of a package"},
		{"nginx", `{"version": "1 2"}`, "no version of a package"},
		{"nginx", `{"absent": true, "hold": false}`, "has nothing else"},
		{"nginx", `{"purge": true, "version": "1"}`, "has nothing else"},
		{"nginx", `{"source": "/x.deb", "version": "1"}`, "exclude each other"},
		{"nginx", `{"source": "x.deb"}`, "no absolute path"},
		{"nginx", `{"versions": "1"}`, "unknown field"},
	} {
		if _, err := packages.Kind().New(c.name, []byte(c.declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v", c.name, c.declared, err)
		}
	}
}

func BenchmarkObservingAHundredPackages(b *testing.B) {
	h := memory.New()
	newWorld(h)
	var text strings.Builder
	var rs []resource.Resource
	for i := range 1000 {
		fmt.Fprintf(&text, "Package: lib%d\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nDescription: a library\n%s\n", i, strings.Repeat(" It does many things and it does them well, for people.\n", 12))
		if i < 100 {
			r, err := packages.Kind().New(fmt.Sprintf("lib%d", i), nil)
			if err != nil {
				b.Fatal(err)
			}
			rs = append(rs, r)
		}
	}
	h.Set(status, text.String())
	for b.Loop() {
		sys := caching{h, &resource.Cache{}}
		if err := packages.Kind().Warm(context.Background(), sys, rs); err != nil {
			b.Fatal(err)
		}
		for _, r := range rs {
			if s, err := r.Observe(context.Background(), sys); err != nil || !r.Diff(s).None() {
				b.Fatal(err)
			}
		}
	}
}
