// Package git reads repositories with the git program. It never changes the
// user's index or work tree, runs no hook, and asks nobody for anything.
package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gemba"
	"gemba/internal/source"
)

var _ source.Repository = (*Repository)(nil)

// Repository is a git repository, found. Its methods may be called at the
// same time, and may meanwhile see what others do to it.
type Repository struct {
	root    string // of the work tree, or the git directory where there is none
	gitDir  string // of this work tree
	common  string // of the repository: its objects and branches
	bare    bool
	shallow bool
}

// Open finds the repository that dir lies in: a work tree, a subdirectory of
// one, a linked work tree, a bare repository, or a git directory itself.
func Open(ctx context.Context, dir string) (*Repository, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the repository: %w", err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no directory %s", dir), "", "name the directory of a git repository")
	}
	out, err := run(ctx, command{dir: dir, args: []string{"rev-parse", "--is-bare-repository", "--is-shallow-repository",
		"--absolute-git-dir", "--path-format=absolute", "--git-common-dir", "--show-toplevel"}})
	var failed *failure
	if errors.As(err, &failed) {
		// Where there is no work tree, only the last of the questions fails.
		out = failed.stdout
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if err != nil && (failed == nil || len(lines) < 4) {
		return nil, notOpened(dir, err)
	}
	r := &Repository{bare: lines[0] == "true", shallow: lines[1] == "true", gitDir: lines[2], common: lines[3]}
	switch {
	case len(lines) > 4:
		r.root = lines[4]
	case !r.bare && filepath.Base(r.gitDir) == ".git":
		r.root = filepath.Dir(r.gitDir)
	default:
		r.root, r.bare = r.gitDir, true
	}
	return r, nil
}

// notOpened tells why there is no repository.
func notOpened(dir string, err error) error {
	var failed *failure
	if !errors.As(err, &failed) {
		return err
	}
	if failed.says("dubious ownership") {
		return &gemba.Error{Code: gemba.Forbidden, What: fmt.Sprintf("the repository of %s belongs to somebody else", dir),
			Why: "git reads it only when its owner does", Try: safe(failed.stderr, dir), Err: err}
	}
	if failed.says("not a git repository") {
		return &gemba.Error{Code: gemba.NotFound, What: fmt.Sprintf("%s is not in a git repository", dir),
			Why: "what is shipped is a commit", Try: `git init && git add . && git commit -m "First commit"`, Err: err}
	}
	return &gemba.Error{Code: gemba.Invalid, What: fmt.Sprintf("git cannot read the repository of %s", dir),
		Why: strings.TrimSpace(failed.stderr), Try: "git -C " + dir + " status", Err: err}
}

// safe finds the remedy that git itself offers, which names the right directory.
func safe(stderr, dir string) string {
	for line := range strings.Lines(stderr) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "git config --global --add safe.directory") {
			return line
		}
	}
	return "git config --global --add safe.directory " + dir
}

// Root is the path of the work tree, or of the bare repository.
func (r *Repository) Root() string { return r.root }

// git runs git on the repository, with no work tree unless env names one.
func (r *Repository) git(ctx context.Context, stdin string, env []string, args ...string) ([]byte, error) {
	return run(ctx, command{dir: r.root, env: append([]string{"GIT_DIR=" + r.gitDir}, env...), args: args, stdin: stdin})
}

// Uncommitted lists the paths that differ from HEAD or are untracked and not
// ignored, relative to Root, sorted. A directory of which nothing is tracked
// is one path, with a slash at its end.
func (r *Repository) Uncommitted(ctx context.Context) ([]string, error) {
	if r.bare {
		return nil, nil
	}
	out, err := r.git(ctx, "", []string{"GIT_WORK_TREE=" + r.root},
		"status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=none")
	if err != nil {
		return nil, r.explain("looking for uncommitted changes", err)
	}
	return paths(out), nil
}

// Trunk names the branch that changes go to: the remote's default branch,
// else init.defaultBranch, main or master where they exist, else the current one.
func (r *Repository) Trunk(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "", nil, "for-each-ref", "--format=%(refname)%00%(symref)%00%(HEAD)", "refs/heads", "refs/remotes/origin")
	if err != nil {
		return "", r.explain("looking for the trunk", err)
	}
	refs := readRefs(string(out))
	candidates := []string{refs.remoteHead, "main", "master", refs.current}
	if r.bare { // whose HEAD is what a clone begins with
		candidates = append([]string{refs.current}, candidates...)
	}
	if refs.remoteHead == "" {
		configured, err := r.git(ctx, "", nil, "config", "--get", "--default=", "init.defaultBranch")
		if err != nil {
			return "", r.explain("looking for the trunk", err)
		}
		candidates = append([]string{strings.TrimSpace(string(configured))}, candidates...)
		if r.bare {
			candidates[0], candidates[1] = candidates[1], candidates[0]
		}
	}
	for _, name := range candidates {
		if name == "" {
			continue
		}
		if refs.local[name] {
			return name, nil
		}
		if name == refs.remoteHead {
			return "origin/" + name, nil
		}
	}
	return "", gemba.Fail(gemba.NotFound, fmt.Sprintf("%s has no trunk", r.root),
		"there is no branch main or master, and no branch is checked out", "git branch main")
}

type refs struct {
	local      map[string]bool
	remoteHead string // the branch that origin/HEAD leads to, without "origin/"
	current    string
}

func readRefs(out string) refs {
	found := refs{local: map[string]bool{}}
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\x00")
		if len(fields) != 3 {
			continue
		}
		if name, ok := strings.CutPrefix(fields[0], "refs/heads/"); ok {
			found.local[name] = true
			if fields[2] == "*" {
				found.current = name
			}
		}
		if fields[0] == "refs/remotes/origin/HEAD" {
			found.remoteHead = strings.TrimPrefix(fields[1], "refs/remotes/origin/")
		}
	}
	return found
}
