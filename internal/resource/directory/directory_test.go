package directory_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/directory"
	"gemba/internal/resource/line"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const dir = "/etc/app"

func must(t interface{ Fatal(...any) }, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func drawState(t *rapid.T, h *memory.Host) {
	h.Set("/etc/outside", "not below")
	meta := func(what string) resource.Meta {
		return resource.Meta{Mode: uint32(rapid.SampledFrom([]int{0o755, 0o700, 0o2775, 0o1777, 0}).Draw(t, what+" mode")), UID: rapid.SampledFrom([]int{0, 33}).Draw(t, what+" uid")}
	}
	switch rapid.SampledFrom([]string{"nothing", "directory", "link"}).Draw(t, "what is there") {
	case "nothing":
		return
	case "directory":
		must(t, h.Mkdir(dir, meta("dir")))
	case "link":
		must(t, h.Mkdir("/var/app", meta("dir")))
		must(t, h.Symlink("../var/app", dir))
	}
	if rapid.Bool().Draw(t, "full") {
		for _, name := range []string{"/a", "/b.local"} {
			real := dir
			if isLink(h) {
				real = "/var/app"
			}
			h.Set(real+name, name)
			must(t, h.Chown(real+name, rapid.SampledFrom([]int{0, 33}).Draw(t, "file uid"), 0))
			must(t, h.Chmod(real+name, uint32(rapid.SampledFrom([]int{0o644, 0o755, 0o4755, 0}).Draw(t, "file mode"))))
		}
		must(t, h.Mkdir(dir+"/sub", meta("sub")))
		must(t, h.Symlink("/etc/outside", dir+"/sub/link"))
	}
}

func isLink(h *memory.Host) bool {
	info, err := h.Lstat(dir)
	return err == nil && info.Type == resource.Symlink
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	declared := map[string]any{}
	maybe := func(name string, values ...any) {
		if rapid.Bool().Draw(t, name+"?") {
			declared[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	drawState(t, h)
	if rapid.IntRange(0, 3).Draw(t, "kind of declaration") == 0 && !isLink(h) {
		return dir, map[string]any{"absent": true, "force": true}
	}
	maybe("mode", "0755", "0700", "2775", "u=rwX,go=rX", "g+w", "a-x", "u+s")
	maybe("owner", "root", "www-data", "33")
	maybe("group", "root", "www-data")
	maybe("parents", true)
	if declared["mode"] != nil || declared["owner"] != nil || declared["group"] != nil {
		maybe("recurse", true)
	}
	maybe("purge", true)
	if declared["purge"] != nil {
		maybe("keep", []string{"*.local"}, []string{"a", "sub"}, []string{})
	}
	return dir, declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, directory.Kind(), draw) }

func change(t *testing.T, h *memory.Host, declared map[string]any) (resource.Difference, error) {
	t.Helper()
	return resourcetest.Change(t, directory.Kind(), h, dir, declared)
}

func full(t *testing.T) *memory.Host {
	t.Helper()
	h := memory.New()
	must(t, h.Mkdir(dir, resource.Meta{Mode: 0o755}))
	must(t, h.Mkdir(dir+"/sub", resource.Meta{Mode: 0o755}))
	h.Set(dir+"/run.sh", "")
	must(t, h.Chmod(dir+"/run.sh", 0o700))
	h.Set(dir+"/sub/conf", "")
	must(t, h.Chmod(dir+"/sub/conf", 0o600))
	h.Set("/etc/outside", "")
	must(t, h.Symlink("/etc/outside", dir+"/link"))
	return h
}

func modes(h *memory.Host) map[string]uint32 {
	m := map[string]uint32{}
	for _, name := range []string{dir, dir + "/sub", dir + "/run.sh", dir + "/sub/conf", "/etc/outside"} {
		info, _ := h.Lstat(name)
		m[strings.TrimPrefix(name, dir)] = info.Mode
	}
	return m
}

func TestAnOctalModeBelowMakesNoFileExecutable(t *testing.T) {
	h := full(t)
	if _, err := change(t, h, map[string]any{"mode": "2775", "recurse": true}); err != nil {
		t.Fatal(err)
	}
	want := map[string]uint32{"": 0o2775, "/sub": 0o2775, "/run.sh": 0o775, "/sub/conf": 0o664, "/etc/outside": 0o644}
	if got := modes(h); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestASymbolicModeHoldsBelow(t *testing.T) {
	h := full(t)
	if _, err := change(t, h, map[string]any{"mode": "u=rwX,go=rX", "recurse": true}); err != nil {
		t.Fatal(err)
	}
	want := map[string]uint32{"": 0o755, "/sub": 0o755, "/run.sh": 0o755, "/sub/conf": 0o644, "/etc/outside": 0o644}
	if got := modes(h); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestOwnersBelowAreSetOnLinksAndNotOnWhereTheyLead(t *testing.T) {
	h := full(t)
	difference, err := change(t, h, map[string]any{"owner": "www-data", "recurse": true})
	if err != nil {
		t.Fatal(err)
	}
	link, _ := h.Lstat(dir + "/link")
	outside, _ := h.Lstat("/etc/outside")
	if link.UID != 33 || outside.UID != 0 {
		t.Errorf("link %d, outside %d", link.UID, outside.UID)
	}
	if last := difference.Diffs[len(difference.Diffs)-1]; last.Attribute != "recurse" || !strings.Contains(last.From, dir+"/sub/conf") {
		t.Errorf("%+v", difference)
	}
}

func TestANewOwnerBelowGetsNoSetuidProgram(t *testing.T) {
	h := full(t)
	must(t, h.Chown(dir+"/run.sh", 33, 0))
	must(t, h.Chmod(dir+"/run.sh", 0o4755))
	if _, err := change(t, h, map[string]any{"owner": "root", "mode": "0755", "recurse": true}); err != nil {
		t.Fatal(err)
	}
	if info, _ := h.Lstat(dir + "/run.sh"); info.Mode != 0o755 {
		t.Errorf("%o", info.Mode)
	}
}

func TestWhatIsPurgedIsNamed(t *testing.T) {
	h := full(t)
	difference, err := change(t, h, map[string]any{"purge": true, "keep": []string{"*.sh"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []gemba.Diff{{Attribute: "purge", From: "link"}, {Attribute: "purge", From: "sub"}}; !reflect.DeepEqual(difference.Diffs, want) {
		t.Errorf("%+v", difference)
	}
	names, _ := h.ReadDir(dir)
	if _, err := h.Lstat("/etc/outside"); err != nil || strings.Join(names, " ") != "run.sh" {
		t.Errorf("%v, %v", names, err)
	}
}

func TestWhatOtherResourcesMakeOrNeedIsNotPurged(t *testing.T) {
	h := full(t)
	h.Set(dir+"/plain*", "")
	all := []resource.Resource{
		resourcetest.Declare(t, directory.Kind(), dir, map[string]any{"purge": true}),
		resourcetest.Declare(t, directory.Kind(), dir+"/sub/deep", map[string]any{}),
		resourcetest.Declare(t, line.Kind(), "it", map[string]any{"path": dir + "/run.sh", "line": "x"}),
		resourcetest.Declare(t, directory.Kind(), dir+"-other/link", map[string]any{}),
	}
	directory.Kind().Among(all)
	state, err := all[0].Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := all[0].Diff(state).Diffs, []gemba.Diff{{Attribute: "purge", From: "link"}, {Attribute: "purge", From: "plain*"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestADirectoryThatIsNotEmptyIsNotRemoved(t *testing.T) {
	h := full(t)
	if _, err := change(t, h, map[string]any{"absent": true}); err == nil || !strings.Contains(err.Error(), "force = true") {
		t.Fatal(err)
	}
	if _, err := change(t, h, map[string]any{"absent": true, "force": true}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Lstat("/etc/outside"); err != nil {
		t.Error(err)
	}
}

func TestWhatIsAboveIsMadeOnlyWhereItIsAskedFor(t *testing.T) {
	h := memory.New()
	const deep = "/srv/a/b"
	if _, err := resourcetest.Change(t, directory.Kind(), h, deep, map[string]any{"owner": "www-data"}); err == nil || !strings.Contains(err.Error(), "parents = true") {
		t.Fatal(err)
	}
	difference, err := resourcetest.Change(t, directory.Kind(), h, deep, map[string]any{"owner": "www-data", "mode": "0700", "parents": true})
	if err != nil {
		t.Fatal(err)
	}
	if last := difference.Diffs[len(difference.Diffs)-1]; last.Attribute != "parents" || last.To != "/srv, /srv/a" {
		t.Errorf("what is made above is not told: %+v", difference.Diffs)
	}
	if info, _ := h.Lstat("/srv/a"); info.Mode != 0o755 || info.UID != 0 {
		t.Errorf("%+v", info)
	}
}

func TestAFileInTheWayIsNotRemoved(t *testing.T) {
	h := memory.New()
	h.Set(dir, "file")
	for _, declared := range []map[string]any{{}, {"absent": true, "force": true}} {
		if _, err := change(t, h, declared); err == nil || h.Text(dir) != "file" {
			t.Errorf("%v: %v", declared, err)
		}
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"has nothing else": `{"absent": true, "mode": "0644"}`,
		"needs absent":     `{"force": true}`,
		"to hold below":    `{"recurse": true}`,
		"needs purge":      `{"keep": ["a"]}`,
		"is no pattern":    `{"purge": true, "keep": ["[a"]}`,
	} {
		if _, err := directory.Kind().New(dir, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
	if _, err := directory.Kind().New("/", []byte(`{"purge": true}`)); err == nil {
		t.Error("the root directory may be purged")
	}
}
