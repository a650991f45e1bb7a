package git_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/driver/git"
)

func TestResolveTellsAllOfACommit(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			w := newWork(t, "--object-format="+format)
			first := w.commit("First", map[string]string{"a": "1\n2\n3\n", "bin": "\x00\x01"})
			hash := w.commit("Grüße, \"wärmer\"\n\nBody", map[string]string{"a": "1\nzwei\n3\n4\n", "b c\td": "x\n", "bin": "\x00\x02"})
			w.git("tag", "v1,0")
			w.git("tag", "-a", "-m", "annotated", "latest")
			w.git("branch", "other")
			r := w.open()
			want := gemba.Commit{
				Hash: hash, Subject: `Grüße, "wärmer"`, Author: "Ana", Email: "ana@example.com",
				Time: time.Unix(1700000100, 0).UTC(), Added: 3, Removed: 1, Tags: []string{"latest", "v1,0"},
				Repository: filepath.Join(w.dir, ".git"),
			}
			for _, name := range []string{"", "HEAD", "main", "other", "v1,0", "latest", hash, hash[:8], "@", "HEAD~0"} {
				got, err := r.Resolve(t.Context(), name)
				check(t, err)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%q: got %+v, want %+v", name, got, want)
				}
			}
			if got, err := r.Resolve(t.Context(), "HEAD~1"); err != nil || got.Hash != first || got.Added != 3 || got.Tags != nil {
				t.Errorf("the first commit: got %+v, %v", got, err)
			}
		})
	}
}

func TestMergeIsCountedAgainstItsFirstParent(t *testing.T) {
	w := newWork(t)
	w.commit("base", map[string]string{"a": "1\n"})
	w.git("checkout", "--quiet", "-b", "topic")
	w.commit("topic", map[string]string{"b": "1\n2\n"})
	w.git("checkout", "--quiet", "main")
	w.commit("trunk", map[string]string{"c": "1\n2\n3\n"})
	w.git("merge", "--quiet", "--no-ff", "-m", "merged", "topic")
	if got, err := w.open().Resolve(t.Context(), "HEAD"); err != nil || got.Added != 2 || got.Removed != 0 || got.Subject != "merged" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestCommitThatDoesNotExistNamesTheNearest(t *testing.T) {
	w := newWork(t)
	w.commit("one", map[string]string{"mian": "x"})
	w.git("tag", "release-1")
	r := w.open()
	for name, near := range map[string]string{
		"mian": "main", "release-2": "release-1", strings.Repeat("0", 40): "no branch, tag or hash", "deadbee": "git branch --all, git tag", "--all": "there is no commit --all",
	} {
		_, err := r.Resolve(t.Context(), name)
		wantError(t, err, gemba.NotFound, near)
	}
	for _, name := range []string{"HEAD..main", "^HEAD", "HEAD^!", "HEAD:mian", "a b", "HEAD^@", "main*"} {
		_, err := r.Resolve(t.Context(), name)
		wantError(t, err, gemba.Invalid, "does not name one commit")
	}
}

func TestEmptyRepository(t *testing.T) {
	r := newWork(t).open()
	_, err := r.Resolve(t.Context(), "HEAD")
	wantError(t, err, gemba.NotFound, "has no commit yet", "git commit")
	_, err = r.Resolve(t.Context(), "main")
	wantError(t, err, gemba.NotFound, "has no commit yet")
	if changed, err := r.Uncommitted(t.Context()); err != nil || len(changed) != 0 {
		t.Errorf("got %v, %v", changed, err)
	}
}

func TestNoRepository(t *testing.T) {
	isolate(t)
	_, err := git.Open(t.Context(), t.TempDir())
	wantError(t, err, gemba.NotFound, "is not in a git repository", "git init")
	_, err = git.Open(t.Context(), filepath.Join(t.TempDir(), "none"))
	wantError(t, err, gemba.NotFound, "there is no directory")
}

func TestRepositoryOfSomebodyElse(t *testing.T) {
	w := newWork(t)
	w.commit("one", nil)
	if err := os.Chown(w.dir, 4242, 4242); err != nil {
		t.Skipf("this user cannot give files away: %v", err)
	}
	check(t, os.Chown(filepath.Join(w.dir, ".git"), 4242, 4242))
	_, err := git.Open(t.Context(), w.dir)
	wantError(t, err, gemba.Forbidden, "belongs to somebody else", "git config --global --add safe.directory "+w.dir)
}

func TestGitIsNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := git.Open(t.Context(), t.TempDir())
	wantError(t, err, gemba.Unavailable, "git is not installed", "apt-get install git")
}

func TestDamagedRepository(t *testing.T) {
	w := newWork(t)
	hash := w.commit("one", map[string]string{"a": "content"})
	blob := w.git("rev-parse", "HEAD:a")
	object := filepath.Join(w.dir, ".git/objects", blob[:2], blob[2:])
	check(t, os.Chmod(object, 0o644))
	check(t, os.Truncate(object, 5))
	r := w.open()
	wantError(t, r.Checkout(t.Context(), hash, t.TempDir()), gemba.Invalid, "damaged or incomplete", "fsck")
	commit := filepath.Join(w.dir, ".git/objects", hash[:2], hash[2:])
	check(t, os.Chmod(commit, 0o644))
	check(t, os.Truncate(commit, 0))
	_, err := r.Resolve(t.Context(), hash)
	wantError(t, err, gemba.Invalid, "damaged or incomplete")
}

func TestShallowClone(t *testing.T) {
	w := newWork(t)
	first := w.commit("one", map[string]string{"a": "1\n2\n"})
	w.commit("two", map[string]string{"a": "1\n2\n3\n"})
	clone := &work{t: t, dir: filepath.Join(t.TempDir(), "clone")}
	w.git("clone", "--quiet", "--depth=1", "file://"+w.dir, clone.dir)
	r := clone.open()
	got, err := r.Resolve(t.Context(), "HEAD")
	check(t, err)
	if got.Subject != "two" || got.Added != 0 || got.Removed != 0 {
		t.Errorf("got %+v; its parent is not there, so its size is not known", got)
	}
	check(t, r.Checkout(t.Context(), got.Hash, t.TempDir()))
	_, err = r.Resolve(t.Context(), first)
	wantError(t, err, gemba.NotFound, "shallow clone", "git fetch --unshallow")
}

func TestEveryKindOfPlace(t *testing.T) {
	w := newWork(t)
	hash := w.commit("one", map[string]string{"sub/dir/a": "x"})
	bare := filepath.Join(t.TempDir(), "bare.git")
	w.git("clone", "--quiet", "--bare", w.dir, bare)
	linked := filepath.Join(t.TempDir(), "linked")
	w.git("worktree", "add", "--quiet", "-b", "side", linked)
	check(t, os.WriteFile(filepath.Join(linked, "new"), nil, 0o644))
	for name, c := range map[string]struct {
		dir, root, repository string
		changed               []string
	}{
		"work tree":        {w.dir, w.dir, filepath.Join(w.dir, ".git"), nil},
		"subdirectory":     {filepath.Join(w.dir, "sub/dir"), w.dir, filepath.Join(w.dir, ".git"), nil},
		"git directory":    {filepath.Join(w.dir, ".git"), w.dir, filepath.Join(w.dir, ".git"), nil},
		"bare":             {bare, bare, bare, nil},
		"linked work tree": {linked, linked, filepath.Join(w.dir, ".git"), []string{"new"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, c.dir)
			if r.Root() != c.root {
				t.Errorf("root %s, want %s", r.Root(), c.root)
			}
			got, err := r.Resolve(t.Context(), "HEAD")
			check(t, err)
			if got.Hash != hash || got.Repository != c.repository {
				t.Errorf("got %+v", got)
			}
			again := open(t, got.Repository)
			if got, err := again.Resolve(t.Context(), hash); err != nil || got.Hash != hash {
				t.Errorf("by its repository: got %+v, %v", got, err)
			}
			changed, err := r.Uncommitted(t.Context())
			check(t, err)
			if fmt.Sprint(changed) != fmt.Sprint(c.changed) {
				t.Errorf("uncommitted %v, want %v", changed, c.changed)
			}
			dir := t.TempDir()
			check(t, r.Checkout(t.Context(), hash, dir))
			if b, err := os.ReadFile(filepath.Join(dir, "sub/dir/a")); err != nil || string(b) != "x" {
				t.Errorf("checked out %q, %v", b, err)
			}
		})
	}
}

func TestVariablesOfAHookDoNotLeadElsewhere(t *testing.T) {
	w, other := newWork(t), newWork(t)
	hash := w.commit("mine", nil)
	other.commit("other", nil)
	r := w.open()
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	t.Setenv("GIT_WORK_TREE", other.dir)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other.dir, ".git/index"))
	for _, r := range []*git.Repository{r, w.open()} {
		if got, err := r.Resolve(t.Context(), "HEAD"); err != nil || got.Hash != hash {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestUncommittedNamesWhatIsLeftOut(t *testing.T) {
	w := newWork(t)
	w.commit("one", map[string]string{"a": "1", "b": "1", "c": "1", "d": "1", ".gitignore": "ignored\n"})
	w.files(map[string]string{"a": "2", "new file": "", "ignored": "", "dir/x": "", "ü": "", "staged": "1"})
	check(t, os.Remove(filepath.Join(w.dir, "b")))
	w.git("mv", "c", "moved")
	w.git("add", "staged")
	index := filepath.Join(w.dir, ".git/index")
	before, err := os.ReadFile(index)
	check(t, err)
	got, err := w.open().Uncommitted(t.Context())
	check(t, err)
	want := []string{"a", "b", "c", "dir/", "moved", "new file", "staged", "ü"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if after, err := os.ReadFile(index); err != nil || string(after) != string(before) {
		t.Errorf("the index was changed (%v)", err)
	}
}

func TestTrunk(t *testing.T) {
	w := newWork(t)
	w.commit("one", nil)
	is := func(t *testing.T, dir, want string) {
		t.Helper()
		if got, err := open(t, dir).Trunk(t.Context()); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	w.git("checkout", "--quiet", "-b", "topic")
	is(t, w.dir, "main")
	w.git("branch", "-m", "main", "trunk")
	is(t, w.dir, "topic")
	w.git("config", "init.defaultBranch", "trunk")
	is(t, w.dir, "trunk")

	w.git("checkout", "--quiet", "trunk")
	clone := filepath.Join(t.TempDir(), "clone")
	w.git("clone", "--quiet", w.dir, clone)
	in := &work{t: t, dir: clone}
	in.git("checkout", "--quiet", "-b", "main")
	is(t, clone, "trunk")
	in.git("branch", "-D", "trunk")
	is(t, clone, "origin/trunk")

	bare := filepath.Join(t.TempDir(), "bare")
	w.git("clone", "--quiet", "--bare", w.dir, bare)
	is(t, bare, "trunk")

	lost := newWork(t)
	hash := lost.commit("one", nil)
	lost.git("checkout", "--quiet", hash)
	lost.git("branch", "-D", "main")
	_, err := lost.open().Trunk(t.Context())
	wantError(t, err, gemba.NotFound, "has no trunk")
}
