package git_test

import (
	"reflect"
	"testing"

	"gemba"
)

func TestListAndReadFile(t *testing.T) {
	w := newWork(t)
	hash := w.commit("one", map[string]string{"gemba.hcl": "service", "svc/a b": "x", "svc/é/c": "y", "l": "->svc/a b", "out": "->/etc/passwd"})
	w.files(map[string]string{"gemba.hcl": "changed", "svc/new": ""})
	r := w.open()
	for dir, want := range map[string][]string{
		".": {"gemba.hcl", "l", "out", "svc"}, "": {"gemba.hcl", "l", "out", "svc"}, "svc": {"svc/a b", "svc/é"}, "./svc/é/": {"svc/é/c"},
	} {
		if got, err := r.List(t.Context(), hash, dir); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, %v, want %q", dir, got, err, want)
		}
	}
	for path, want := range map[string]string{"gemba.hcl": "service", "svc/a b": "x", "l": "x"} {
		if got, err := r.ReadFile(t.Context(), hash, path); err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v, want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"none", "svc", "svc/none", "gemba.hcl/x", "../x", "/etc/passwd", "out", "a\nb", "--help"} {
		_, err := r.ReadFile(t.Context(), hash, path)
		wantError(t, err, gemba.NotFound)
		if path != "svc" {
			_, err = r.List(t.Context(), hash, path)
			wantError(t, err, gemba.NotFound)
		}
	}
	_, err := r.List(t.Context(), "HEAD", ".")
	wantError(t, err, gemba.NotFound)
}

func TestTreeNamesExactlyTheContent(t *testing.T) {
	w := newWork(t)
	tree := func(commit, path string) string {
		t.Helper()
		name, err := w.open().Tree(t.Context(), commit, path)
		check(t, err)
		return name
	}
	one := w.commit("one", map[string]string{"svc/a": "1", "svc/dir/b": "1", "other": "1"})
	two := w.commit("elsewhere", map[string]string{"other": "2"})
	three := w.commit("here", map[string]string{"svc/a": "2"})
	four := w.commit("back again", map[string]string{"svc/a": "1", "other": "1"})
	five := w.commit("attributes above", map[string]string{".gitattributes": "* text eol=crlf\n"})
	w.git("update-index", "--chmod=+x", "svc/a")
	w.git("commit", "--quiet", "-m", "mode")
	six := w.git("rev-parse", "HEAD")

	for _, path := range []string{".", "svc", "svc/dir", "svc/a"} {
		if tree(one, path) != tree(four, path) {
			t.Errorf("%s: the same content has two names", path)
		}
	}
	if tree(one, "svc") != tree(two, "svc") || tree(one, ".") == tree(two, ".") {
		t.Error("a change elsewhere: svc should have the same name, the root another")
	}
	if tree(one, "svc") == tree(three, "svc") || tree(one, "svc/dir") != tree(three, "svc/dir") {
		t.Error("a change of svc/a: svc should have another name, svc/dir the same")
	}
	if tree(four, "svc/dir") == tree(five, "svc/dir") {
		t.Error("attributes above change what a checkout writes, and the name did not change")
	}
	if tree(five, "svc/a") == tree(six, "svc/a") {
		t.Error("a file that became a program has the same name")
	}
	_, err := w.open().Tree(t.Context(), one, "none")
	wantError(t, err, gemba.NotFound)
}

func TestTreeKnowsTheCommitOfASubmodule(t *testing.T) {
	inner := newWork(t)
	inner.commit("inner", map[string]string{"i": "1"})
	w := newWork(t)
	w.git("submodule", "--quiet", "add", inner.dir, "svc/inner")
	one := w.commit("one", nil)
	inner.commit("newer", map[string]string{"i": "2"})
	w.git("submodule", "--quiet", "update", "--remote")
	two := w.commit("two", nil)
	for _, path := range []string{".", "svc", "svc/inner"} {
		first, err := w.open().Tree(t.Context(), one, path)
		check(t, err)
		second, err := w.open().Tree(t.Context(), two, path)
		check(t, err)
		if first == second {
			t.Errorf("%s: another commit of the submodule has the same name", path)
		}
	}
}
