package git_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gemba"
)

// read lists what a directory holds, as "path mode content".
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.ModTime().Unix() != 1700000100 {
			t.Errorf("%s has time %s, want the commit's", name, info.ModTime())
		}
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			got[name] = "->" + target
			return err
		case d.IsDir():
			return nil
		}
		b, err := os.ReadFile(path)
		got[name] = fmt.Sprintf("%o %s", info.Mode().Perm(), b)
		return err
	}))
	return got
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCheckoutIsTheCommitAndNothingElse(t *testing.T) {
	w := newWork(t)
	hash := w.commit("one", map[string]string{
		"run.sh": "#!/bin/sh", "dir/a": "committed\r\n", "-dash": "x", "ü b": "y", "link": "->dir/a", "out": "->/etc/passwd", "up": "->../..",
		".gitattributes": "dir/a export-ignore\nsubst export-subst\n", "subst": "$Format:%H$",
	})
	w.files(map[string]string{"dir/a": "changed", "new": "untracked"})
	w.git("add", "dir/a")
	w.git("config", "core.autocrlf", "true")
	w.git("config", "core.sparseCheckout", "true")
	check(t, os.WriteFile(filepath.Join(w.dir, ".git/info/sparse-checkout"), []byte("nothing\n"), 0o644))
	index, err := os.ReadFile(filepath.Join(w.dir, ".git/index"))
	check(t, err)

	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	dir := t.TempDir()
	check(t, w.open().Checkout(t.Context(), hash, dir))
	same(t, read(t, dir), map[string]string{
		"run.sh": "755 #!/bin/sh", "dir/a": "644 committed\r\n", "-dash": "644 x", "ü b": "644 y", "link": "->dir/a", "out": "->/etc/passwd", "up": "->../..",
		".gitattributes": "644 dir/a export-ignore\nsubst export-subst\n", "subst": "644 $Format:%H$",
	})
	if after, err := os.ReadFile(filepath.Join(w.dir, ".git/index")); err != nil || string(after) != string(index) {
		t.Errorf("the user's index was changed (%v)", err)
	}
	if b, err := os.ReadFile(filepath.Join(w.dir, "dir/a")); err != nil || string(b) != "changed" {
		t.Errorf("the user's work tree was changed: %q, %v", b, err)
	}
	wantError(t, w.open().Checkout(t.Context(), hash, dir), gemba.Conflict, "not empty")
}

func TestHooksOfTheRepositoryDoNotRun(t *testing.T) {
	w := newWork(t)
	hash := w.commit("one", map[string]string{"a": "1"})
	ran := filepath.Join(t.TempDir(), "ran")
	for _, hook := range []string{"post-checkout", "post-index-change", "reference-transaction", "fsmonitor"} {
		w.files(map[string]string{".git/hooks/" + hook: "#!/bin/sh\ntouch " + ran + "\n"})
	}
	w.git("config", "core.fsmonitor", ".git/hooks/fsmonitor")
	w.git("config", "diff.external", ".git/hooks/fsmonitor")
	check(t, os.RemoveAll(ran)) // the configuring git may have run one
	r := w.open()
	check(t, r.Checkout(t.Context(), hash, t.TempDir()))
	_, err := r.Uncommitted(t.Context())
	check(t, err)
	_, err = r.Resolve(t.Context(), "HEAD")
	check(t, err)
	if _, err := os.Stat(ran); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a program of the repository ran (%v)", err)
	}
}

// git itself makes no such tree: "link" is there twice, as a link and as a directory.
func TestLinkInTheRepositoryLeadsNoFileOutside(t *testing.T) {
	w := newWork(t)
	outside := t.TempDir()
	w.files(map[string]string{"target": "evil", "to": outside})
	blob, to := w.git("hash-object", "-w", "target"), w.git("hash-object", "-w", "to")
	pipe := func(stdin string, args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = w.dir, strings.NewReader(stdin)
		out, err := cmd.Output()
		check(t, err)
		return strings.TrimSpace(string(out))
	}
	inner := pipe(fmt.Sprintf("100644 blob %s\tpwned\n", blob), "mktree")
	tree := pipe(fmt.Sprintf("120000 blob %s\tlink\n040000 tree %s\tlink\n", to, inner), "mktree")
	hash := w.git("commit-tree", "-m", "hostile", tree)
	err := w.open().Checkout(t.Context(), hash, t.TempDir())
	left, readErr := os.ReadDir(outside)
	check(t, readErr)
	if len(left) > 0 {
		t.Fatalf("%v was written outside (checkout said %v)", left, err)
	}
}

func TestSubmodulesAreWhole(t *testing.T) {
	deep := newWork(t)
	deep.commit("deep", map[string]string{"d": "deep"})
	inner := newWork(t)
	inner.commit("inner", map[string]string{"i": "inner"})
	inner.git("submodule", "--quiet", "add", deep.dir, "lib/deep")
	inner.commit("with deep", nil)
	w := newWork(t)
	w.commit("one", map[string]string{"a": "1"})
	w.git("submodule", "--quiet", "add", "--name", "the inner", inner.dir, "third party/inner")
	hash := w.commit("with inner", nil)
	inner.commit("newer, not wanted", map[string]string{"i": "newer"})

	whole := func(t *testing.T, dir string) {
		t.Helper()
		out := t.TempDir()
		check(t, open(t, dir).Checkout(t.Context(), hash, out))
		got := read(t, out)
		delete(got, ".gitmodules")
		delete(got, "third party/inner/.gitmodules")
		same(t, got, map[string]string{"a": "644 1", "third party/inner/i": "644 inner", "third party/inner/lib/deep/d": "644 deep"})
	}
	t.Run("from where git keeps them", func(t *testing.T) {
		w.git("submodule", "--quiet", "update", "--init", "--recursive")
		whole(t, w.dir)
	})
	t.Run("from their addresses", func(t *testing.T) {
		clone := filepath.Join(t.TempDir(), "clone")
		w.git("clone", "--quiet", w.dir, clone)
		whole(t, clone)
		if left, err := os.ReadDir(filepath.Join(clone, ".git/modules")); err == nil {
			t.Errorf("the user's repository was changed: %v", left)
		}
	})
	t.Run("not to be had", func(t *testing.T) {
		clone := filepath.Join(t.TempDir(), "clone")
		w.git("clone", "--quiet", w.dir, clone)
		check(t, os.Rename(deep.dir, deep.dir+"-gone"))
		err := open(t, clone).Checkout(t.Context(), hash, t.TempDir())
		var told *gemba.Error
		if !errors.As(err, &told) || told.Code != gemba.Unavailable || !strings.Contains(told.Error(), deep.dir) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSubmoduleWithRelativeAddress(t *testing.T) {
	inner := newWork(t)
	inner.commit("inner", map[string]string{"i": "inner"})
	w := newWork(t)
	base := filepath.Dir(inner.dir)
	relative, err := filepath.Rel(base, inner.dir)
	check(t, err)
	upstream := filepath.Join(base, "upstream.git")
	w.git("remote", "add", "origin", upstream)
	w.git("submodule", "--quiet", "add", "../"+relative, "inner")
	hash := w.commit("with inner", nil)
	w.git("clone", "--quiet", "--bare", w.dir, upstream)
	clone := filepath.Join(t.TempDir(), "clone")
	w.git("clone", "--quiet", upstream, clone)
	out := t.TempDir()
	check(t, open(t, clone).Checkout(t.Context(), hash, out))
	if b, err := os.ReadFile(filepath.Join(out, "inner/i")); err != nil || string(b) != "inner" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestRepositoryInTheRepositoryIsNamed(t *testing.T) {
	w := newWork(t)
	w.commit("one", nil)
	nested := &work{t: t, dir: filepath.Join(w.dir, "vendored")}
	check(t, os.Mkdir(nested.dir, 0o755))
	nested.git("init", "--quiet")
	nested.commit("nested", map[string]string{"x": "x"})
	hash := w.commit("by mistake", nil)
	wantError(t, w.open().Checkout(t.Context(), hash, t.TempDir()), gemba.Invalid, "vendored is a submodule that .gitmodules does not declare", "git submodule add")
}

func TestFilesInLFS(t *testing.T) {
	const content = "a large picture"
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c\nsize 15\n"
	t.Run("not installed", func(t *testing.T) {
		w := newWork(t)
		bin := t.TempDir()
		program, err := exec.LookPath("git")
		check(t, err)
		check(t, os.Symlink(program, filepath.Join(bin, "git")))
		hash := w.commit("pointer", map[string]string{".gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n", "dir/a.png": pointer, "doc.txt": pointer})
		t.Setenv("PATH", bin)
		wantError(t, w.open().Checkout(t.Context(), hash, t.TempDir()), gemba.Unavailable, "dir/a.png is kept in Git LFS", "git-lfs is not installed", "apt-get install git-lfs")
	})
	t.Run("looks like a pointer and is none", func(t *testing.T) {
		w := newWork(t)
		hash := w.commit("pointer", map[string]string{".gitattributes": "*.png filter=lfs\n", "doc.txt": pointer})
		check(t, w.open().Checkout(t.Context(), hash, t.TempDir()))
	})
	t.Run("installed", func(t *testing.T) {
		if _, err := exec.LookPath("git-lfs"); err != nil {
			t.Skip("git-lfs is not installed")
		}
		w := newWork(t)
		w.git("lfs", "install", "--local")
		hash := w.commit("picture", map[string]string{".gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n", "dir/a.png": content})
		w.git("lfs", "uninstall", "--local")
		dir := t.TempDir()
		check(t, w.open().Checkout(t.Context(), hash, dir))
		if b, err := os.ReadFile(filepath.Join(dir, "dir/a.png")); err != nil || string(b) != content {
			t.Errorf("got %q, %v", b, err)
		}
		check(t, os.RemoveAll(filepath.Join(w.dir, ".git/lfs/objects")))
		wantError(t, w.open().Checkout(t.Context(), hash, t.TempDir()), gemba.Unavailable, "git cannot bring into the checkout", "git lfs fetch")
	})
}

func TestCheckoutOfWhatIsNotThere(t *testing.T) {
	w := newWork(t)
	hash := w.commit("one", map[string]string{"a": "1"})
	for _, commit := range []string{strings.Repeat("0", 40), "main", "--all", "", w.git("rev-parse", "HEAD:a")} {
		wantError(t, w.open().Checkout(t.Context(), commit, t.TempDir()), gemba.NotFound)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.open().Checkout(ctx, hash, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
}
