package git_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/git"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const (
	tree  = "/home/app"
	url   = "https://git.example.com/app.git"
	other = "https://git.example.com/other.git"
	one   = "1111111111111111111111111111111111111111"
	two   = "2222222222222222222222222222222222222222"
)

// world is a git that keeps what it knows in the files of the tree: .git/url, .git/has (commits), .git/at and dirty. One repository is there.
type world struct {
	refs  map[string]string
	blunt bool // the server gives no commit by its digits alone
	as    string
}

func newWorld(h *memory.Host) *world {
	w := &world{refs: map[string]string{"HEAD": two, "refs/heads/main": two, "refs/tags/v1": "3333333333333333333333333333333333333333", "refs/tags/v1^{}": one}}
	h.Program("git", w.git)
	h.Calls = nil
	return w
}

func (w *world) git(h *memory.Host, c resource.Command) (resource.Output, error) {
	w.as = c.User
	fail := func(code int, text string) (resource.Output, error) {
		return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: code, Stderr: []byte(text)}
	}
	say := func(text string) (resource.Output, error) { return resource.Output{Stdout: []byte(text + "\n")}, nil }
	if strings.Join(c.Argv[:3], " ") != "git -c safe.directory="+tree || !strings.Contains(strings.Join(c.Env, " "), "GIT_TERMINAL_PROMPT=0") {
		return fail(128, "fatal: detected dubious ownership")
	}
	words := c.Argv[3:]
	if words[0] == "ls-remote" {
		if words[1] != "--" || words[2] != url {
			return fail(128, "fatal: repository '"+words[2]+"' not found\nwarning: x")
		}
		var b strings.Builder
		for _, name := range words[3:] {
			if w.refs[name] != "" {
				fmt.Fprintf(&b, "%s\t%s\n", w.refs[name], name)
			}
		}
		return say(b.String())
	}
	if line := strings.Join(words, " "); line == "-c init.defaultBranch=main init --quiet "+tree {
		return resource.Output{}, h.Mkdir(tree+"/.git", resource.Meta{Mode: 0o755})
	}
	if words[0] != "-C" || words[1] != tree {
		return fail(129, "usage: git")
	}
	words = words[2:]
	switch line := strings.Join(words, " "); {
	case line == "config --get remote.origin.url":
		if h.Text(tree+"/.git/url") == "" {
			return fail(1, "")
		}
		return say(h.Text(tree + "/.git/url"))
	case line == "rev-parse --verify --quiet HEAD^{commit}":
		if h.Text(tree+"/.git/at") == "" {
			return fail(1, "")
		}
		return say(h.Text(tree + "/.git/at"))
	case line == "status --porcelain --untracked-files=no":
		return resource.Output{Stdout: []byte(h.Text(tree + "/dirty"))}, nil
	case strings.HasPrefix(line, "config remote.origin.url "):
		h.Set(tree+"/.git/url", words[2])
	case strings.HasPrefix(line, "config remote.origin.fetch "):
	case strings.HasPrefix(line, "fetch --quiet --force --no-tags "):
		what := words[len(words)-1]
		if w.refs[what] != "" {
			h.Set(tree+"/.git/has", h.Text(tree+"/.git/has")+w.refs[what]+w.refs[what+"^{}"])
		} else if w.blunt || what != one && what != two {
			return fail(128, "fatal: couldn't find remote ref "+what)
		} else {
			h.Set(tree+"/.git/has", h.Text(tree+"/.git/has")+what)
		}
	case line == "fetch --quiet --force origin +refs/heads/*:refs/remotes/origin/* +refs/tags/*:refs/tags/*":
		h.Set(tree+"/.git/has", one+two)
	case strings.HasPrefix(line, "checkout --quiet --detach "):
		what := words[len(words)-1]
		if !strings.Contains(h.Text(tree+"/.git/has"), what) {
			return fail(128, "fatal: reference is not a tree: "+what)
		}
		if h.Text(tree+"/dirty") != "" && words[3] != "--force" {
			return fail(1, "error: Your local changes would be overwritten")
		}
		h.Set(tree+"/.git/at", what)
		return resource.Output{}, h.Remove(tree + "/dirty")
	default:
		return fail(129, "usage: git")
	}
	return resource.Output{}, nil
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	w := newWorld(h)
	w.blunt = rapid.Bool().Draw(t, "blunt")
	force := rapid.Bool().Draw(t, "force")
	state := rapid.SampledFrom([]string{"nothing", "empty", "begun", "other", "one", "two"}).Draw(t, "what is there")
	if state != "nothing" {
		_ = h.Mkdir(tree, resource.Meta{Mode: 0o755})
	}
	if state != "nothing" && state != "empty" {
		_ = h.Mkdir(tree+"/.git", resource.Meta{Mode: 0o755})
	}
	if at := map[string]string{"other": one, "one": one, "two": two}[state]; at != "" {
		h.Set(tree+"/.git/at", at)
		h.Set(tree+"/.git/has", at)
		h.Set(tree+"/.git/url", url)
		if state == "other" {
			h.Set(tree+"/.git/url", other)
		}
		if force && rapid.Bool().Draw(t, "dirty") {
			h.Set(tree+"/dirty", " M file")
		}
	}
	h.Calls = nil
	d := map[string]any{"repository": url, "force": force}
	if revision := rapid.SampledFrom([]string{"", "main", "v1", one, two}).Draw(t, "revision"); revision != "" {
		d["revision"] = revision
	}
	if rapid.Bool().Draw(t, "shallow") {
		d["depth"] = 1
	}
	if rapid.Bool().Draw(t, "user") {
		d["user"] = "www-data"
	}
	return tree, d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, git.Kind(), draw) }

func change(t *testing.T, h *memory.Host, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, git.Kind(), tree, d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		return resource.Difference{}, err
	}
	if difference := r.Diff(s); difference.None() {
		return difference, nil
	}
	return r.Diff(s), r.Apply(t.Context(), h, s)
}

func TestABranchIsFollowed(t *testing.T) {
	h := memory.New()
	w := newWorld(h)
	d := map[string]any{"repository": url, "revision": "main", "user": "www-data"}
	if _, err := change(t, h, d); err != nil {
		t.Fatal(err)
	}
	if info, _ := h.Lstat(tree); info.UID != 33 || info.GID != 33 || w.as != "www-data" {
		t.Errorf("%+v, and git ran as %q", info, w.as)
	}
	w.refs["refs/heads/main"] = one
	found, err := change(t, h, d)
	if want := []gemba.Diff{{Attribute: "revision", From: two[:10], To: one[:10] + " (main)"}}; err != nil || !reflect.DeepEqual(found.Diffs, want) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestACommitIsComparedWithoutAskingAnybody(t *testing.T) {
	h := memory.New()
	newWorld(h)
	d := map[string]any{"repository": url, "revision": one}
	if _, err := change(t, h, d); err != nil {
		t.Fatal(err)
	}
	h.Calls = nil
	if found, err := change(t, h, d); err != nil || !found.None() || strings.Contains(strings.Join(h.Calls, "\n"), "ls-remote") {
		t.Errorf("%+v, %v: %v", found, err, h.Calls)
	}
}

func TestLocalChangesAreNotLostUnlessThatIsDeclared(t *testing.T) {
	h := memory.New()
	newWorld(h)
	if _, err := change(t, h, map[string]any{"repository": url, "revision": one}); err != nil {
		t.Fatal(err)
	}
	h.Set(tree+"/dirty", " M file")
	if found, err := change(t, h, map[string]any{"repository": url, "revision": one}); !found.None() || err != nil {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := change(t, h, map[string]any{"repository": url, "revision": two}); err == nil || !strings.Contains(err.Error(), "would be lost") {
		t.Errorf("%v", err)
	}
	if _, err := change(t, h, map[string]any{"repository": url, "revision": two, "force": true}); err != nil || h.Text(tree+"/.git/at") != two {
		t.Errorf("%v", err)
	}
}

func TestADirectoryThatHoldsOtherThingsIsLeftAlone(t *testing.T) {
	h := memory.New()
	newWorld(h)
	_ = h.Mkdir(tree, resource.Meta{Mode: 0o755})
	h.Set(tree+"/data", "dear")
	if _, err := change(t, h, map[string]any{"repository": url}); err == nil || !strings.Contains(err.Error(), "/home/app/data") || h.Text(tree+"/data") != "dear" {
		t.Errorf("%v", err)
	}
}

func TestWhatTheRepositoryDoesNotHaveIsNamed(t *testing.T) {
	h := memory.New()
	newWorld(h)
	for says, d := range map[string]map[string]any{
		`has no branch or tag "v9"`: {"repository": url, "revision": "v9"},
		"asking https://git.example.com/none.git: repository 'https://git.example.com/none.git' not found": {"repository": "https://git.example.com/none.git"},
	} {
		if _, err := change(t, h, d); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v", err)
		}
	}
}

func TestWithoutGitThePlanIsUnsure(t *testing.T) {
	h := memory.New()
	r := resourcetest.Declare(t, git.Kind(), tree, map[string]any{"repository": url})
	s, err := r.Observe(t.Context(), h)
	if d := r.Diff(s); err != nil || d.Action != gemba.ActionCreate || !strings.Contains(d.May, "git is not there yet") {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ repository, revision, says string }{
		{"ext::sh -c id", "", "no repository"},
		{"--upload-pack=id", "", "no repository"},
		{"app.git", "", "no repository"},
		{"ftp://a/b", "", "let loose"},
		{"https://ana:secret@a/b", "", "seen by everybody"},
		{url, "-f", "no branch"},
		{url, "a..b", "no branch"},
	} {
		text := fmt.Sprintf(`{"repository": %q, "revision": %q}`, c.repository, c.revision)
		if _, err := git.Kind().New(tree, []byte(text)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, good := range []string{url, "git@git.example.com:app.git", "ssh://git@a:22/b", "/srv/app.git", "file:///srv/app.git", "https://token@a/b"} {
		if _, err := git.Kind().New(tree, []byte(`{"repository": "`+good+`"}`)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}
