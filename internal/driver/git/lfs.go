package git

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gemba"
)

// A pointer stands for a file that Git LFS keeps elsewhere
// (git-lfs docs/spec.md: shorter than 1,024 bytes, begins with its version).
const (
	largestPointer = 1023
	pointer        = "version https://git-lfs.github.com/spec/v"
)

// wholeLFS checks that no pointer was left in place of the file that it stands for.
func (r *Repository) wholeLFS(ctx context.Context, dir string, env []string, found surveyed) error {
	if !found.lfs {
		return nil
	}
	var suspects []string
	for _, name := range found.small {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("checking out: %w", err)
		}
		if strings.HasPrefix(string(b), pointer) {
			suspects = append(suspects, name)
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	// A file that looks like a pointer may be meant as it is.
	out, err := run(ctx, command{dir: dir, env: env, args: []string{"check-attr", "-z", "--stdin", "filter"}, stdin: strings.Join(suspects, "\x00") + "\x00"})
	if err != nil {
		return r.explain("looking for LFS files", err)
	}
	fields := strings.Split(string(out), "\x00") // path, "filter", value, …
	var left []string
	for i := 0; i+2 < len(fields); i += 3 {
		if fields[i+2] == "lfs" {
			left = append(left, fields[i])
		}
	}
	if len(left) == 0 {
		return nil
	}
	more := ""
	if len(left) > 1 {
		more = fmt.Sprintf(" and %d more", len(left)-1)
	}
	why, try := "git-lfs is not installed", "apt-get install git-lfs"
	if len(lfsFilter()) > 0 {
		why, try = "git-lfs left its pointer in its place", "git lfs fetch --all"
	}
	return gemba.Fail(gemba.Unavailable, fmt.Sprintf("%s%s is kept in Git LFS and could not be brought into the checkout", left[0], more), why, try)
}
