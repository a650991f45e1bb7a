package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gemba"
	"gemba/internal/driver/git"
)

// work is a repository that a test makes with the real git.
type work struct {
	t   *testing.T
	dir string
}

func newWork(t *testing.T, options ...string) *work {
	t.Helper()
	isolate(t)
	w := &work{t: t, dir: t.TempDir()}
	w.git(append([]string{"init", "--quiet", "--initial-branch=main"}, options...)...)
	return w
}

// isolate keeps the configuration of whoever runs the tests out of them.
func isolate(t *testing.T) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "gitconfig")
	check(t, os.WriteFile(config, []byte("[user]\n\tname = Ana\n\temail = ana@example.com\n[protocol \"file\"]\n\tallow = always\n[core]\n\tfsync = none\n"), 0o644))
	t.Setenv("GIT_CONFIG_GLOBAL", config)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
}

func (w *work) git(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE=@1700000000 +0100", "GIT_COMMITTER_DATE=@1700000100 +0100")
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// files writes files; a value that begins with "->" is a link, one with "#!" a program.
func (w *work) files(files map[string]string) {
	w.t.Helper()
	for name, content := range files {
		path := filepath.Join(w.dir, name)
		check(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, isLink := strings.CutPrefix(content, "->"); isLink {
			check(w.t, os.Symlink(target, path))
			continue
		}
		check(w.t, os.WriteFile(path, []byte(content), 0o644))
		if strings.HasPrefix(content, "#!") {
			check(w.t, os.Chmod(path, 0o755))
		}
	}
}

// commit writes files and commits everything; it returns the hash.
func (w *work) commit(message string, files map[string]string) string {
	w.t.Helper()
	w.files(files)
	w.git("add", "-A")
	w.git("commit", "--quiet", "--allow-empty", "-m", message)
	return w.git("rev-parse", "HEAD")
}

func (w *work) open() *git.Repository {
	w.t.Helper()
	return open(w.t, w.dir)
}

func open(t *testing.T, dir string) *git.Repository {
	t.Helper()
	r, err := git.Open(t.Context(), dir)
	check(t, err)
	return r
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError checks the code of an error, that it has a remedy, and the texts in it.
func wantError(t *testing.T, err error, code gemba.Code, texts ...string) {
	t.Helper()
	if err == nil || gemba.CodeOf(err) != code {
		t.Fatalf("got %v, want code %s", err, code)
	}
	whole := err.Error()
	if e, ok := err.(*gemba.Error); ok {
		whole += " | " + e.Try
	}
	for _, text := range texts {
		if !strings.Contains(whole, text) {
			t.Errorf("got %q, want %q in it", whole, text)
		}
	}
}
