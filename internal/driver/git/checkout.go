package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gemba"
)

// Checkout writes a clean copy of the commit into dir, which exists and is
// empty: submodules and LFS files whole, no repository data. Every file has the
// time of the commit, and mode 0644 or 0755 whatever the umask is.
func (r *Repository) Checkout(ctx context.Context, commit, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("checking out: %w", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		if err != nil {
			return fmt.Errorf("checking out: %w", err)
		}
		return gemba.Fail(gemba.Conflict, fmt.Sprintf("%s is not checked out into %s", commit, dir), "the directory is not empty", "name an empty one")
	}
	at, err := r.time(ctx, commit)
	if err != nil {
		return err
	}
	if err := r.write(ctx, commit, dir); err != nil {
		return err
	}
	if err := normalise(dir, at); err != nil {
		return fmt.Errorf("checking out %.7s: %w", commit, err)
	}
	return nil
}

// time returns when a commit was made.
func (r *Repository) time(ctx context.Context, commit string) (time.Time, error) {
	if err := hash(commit); err != nil {
		return time.Time{}, err
	}
	out, err := r.git(ctx, commit+"\n", nil, "cat-file", "--batch")
	if err != nil {
		return time.Time{}, r.explain("reading commit "+commit, err)
	}
	found, content, err := object(out)
	if err != nil || found.kind != "commit" {
		return time.Time{}, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no commit %.7s in %s", commit, r.root), "", "git log")
	}
	// "committer NAME <EMAIL> SECONDS ZONE", in the header that an empty line ends
	head, _, _ := strings.Cut(string(content), "\n\n")
	for line := range strings.Lines(head) {
		if who, ok := strings.CutPrefix(line, "committer "); ok {
			fields := strings.Fields(who[strings.LastIndex(who, ">")+1:])
			if len(fields) == 2 {
				seconds, err := strconv.ParseInt(fields[0], 10, 64)
				return time.Unix(seconds, 0), err
			}
		}
	}
	return time.Time{}, fmt.Errorf("commit %s has no time", commit)
}

// write writes the files of a commit, those of its submodules included.
func (r *Repository) write(ctx context.Context, commit, dir string) error {
	index, err := os.MkdirTemp("", "gemba-index-")
	if err != nil {
		return fmt.Errorf("checking out: %w", err)
	}
	defer func() { _ = os.RemoveAll(index) }() // it lies with the machine's temporary files
	env := []string{"GIT_DIR=" + r.gitDir, "GIT_WORK_TREE=" + dir, "GIT_INDEX_FILE=" + filepath.Join(index, "index")}
	args := append(lfsFilter(), "read-tree", "--reset", "-u", "--no-recurse-submodules", commit)
	if _, err := run(ctx, command{dir: dir, env: env, args: args}); err != nil {
		return r.notWritten(commit, err)
	}
	found, err := survey(dir)
	if err != nil {
		return fmt.Errorf("checking out %.7s: %w", commit, err)
	}
	if err := r.wholeLFS(ctx, dir, env, found); err != nil {
		return err
	}
	if len(found.empty) == 0 {
		return nil
	}
	return r.writeSubmodules(ctx, commit, dir, found.empty)
}

func (r *Repository) notWritten(commit string, err error) error {
	var failed *failure
	if !errors.As(err, &failed) {
		return err
	}
	if failed.says("smudge") {
		return &gemba.Error{Code: gemba.Unavailable, What: fmt.Sprintf("commit %.7s has files that git cannot bring into the checkout", commit),
			Why: strings.TrimSpace(failed.stderr), Try: "git lfs fetch origin " + commit, Err: err}
	}
	return r.explain(fmt.Sprintf("checking out %.7s", commit), err)
}

// surveyed is what a checkout holds that needs more work.
type surveyed struct {
	empty []string // directories; git keeps none, so these are submodules
	lfs   bool     // whether a .gitattributes speaks of LFS
	small []string // files that could be pointers
}

func survey(dir string) (surveyed, error) {
	var found surveyed
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			entries, err := os.ReadDir(path)
			if len(entries) == 0 {
				found.empty = append(found.empty, name)
			}
			return err
		case !d.Type().IsRegular():
			return nil
		case d.Name() == ".gitattributes":
			b, err := os.ReadFile(path)
			found.lfs = found.lfs || strings.Contains(string(b), "filter=lfs")
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() <= largestPointer {
			found.small = append(found.small, name)
		}
		return err
	})
	return found, err
}

// normalise gives everything below dir one time, and modes that no umask has changed.
func normalise(dir string, at time.Time) error {
	stamp, err := unix.TimeToTimespec(at)
	if err != nil {
		return err
	}
	var dirs []string
	touch := func(path string) error {
		err := unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{stamp, stamp}, unix.AT_SYMLINK_NOFOLLOW)
		if err != nil {
			return &fs.PathError{Op: "utimes", Path: path, Err: err}
		}
		return nil
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			dirs = append(dirs, path) // later: what is written into one changes its time
			return os.Chmod(path, 0o755)
		}
		if !d.Type().IsRegular() {
			return touch(path)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		if info.Mode().Perm() != mode {
			if err := os.Chmod(path, mode); err != nil {
				return err
			}
		}
		return touch(path)
	})
	for _, path := range dirs {
		err = errors.Join(err, touch(path))
	}
	return err
}

// lfsFilter switches Git LFS on where it is installed, whether or not the
// user's own configuration does.
func lfsFilter() []string {
	if _, err := exec.LookPath("git-lfs"); err != nil {
		return nil
	}
	return []string{"-c", "filter.lfs.process=git-lfs filter-process", "-c", "filter.lfs.smudge=git-lfs smudge -- %f", "-c", "filter.lfs.required=true"}
}
