package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gemba/internal/driver/git"
)

// BenchmarkResolve is what every `gemba ship` waits for: the repository found, its commit named.
func BenchmarkResolve(b *testing.B) {
	dir := b.TempDir()
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"}, {"config", "user.name", "Ana"}, {"config", "user.email", "ana@example.com"},
		{"commit", "--quiet", "--allow-empty", "-m", "First"}, {"add", "-A"}, {"commit", "--quiet", "-m", "Second"},
	} {
		if args[0] == "add" {
			if err := os.WriteFile(filepath.Join(dir, "a"), []byte("line\n"), 0o644); err != nil {
				b.Fatal(err)
			}
		}
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	for b.Loop() {
		r, err := git.Open(b.Context(), dir)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Resolve(b.Context(), "HEAD"); err != nil {
			b.Fatal(err)
		}
	}
}
