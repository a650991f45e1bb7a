package git

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gemba"
)

// explain turns what git said into an error for people.
func (r *Repository) explain(doing string, err error) error {
	var failed *failure
	if !errors.As(err, &failed) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if damaged(failed) {
		try := "git -C " + r.root + " fsck, then fetch or clone it again"
		why := strings.TrimSpace(failed.stderr)
		if r.shallow {
			try = "git -C " + r.root + " fetch --unshallow"
		}
		return &gemba.Error{Code: gemba.Invalid, What: fmt.Sprintf("the repository %s is damaged or incomplete", r.root), Why: why, Try: try, Err: err}
	}
	return fmt.Errorf("%s in %s: %w", doing, r.root, err)
}

// damaged reports whether git could not read what the repository should have.
func damaged(f *failure) bool {
	return f.says("is corrupt", "is empty", "unable to read", "could not read", "bad tree object", "bad object head",
		"missing blob", "missing tree", "unable to unpack", "inflate:", "hash mismatch", "object corrupt", "could not parse object",
		"does not match index", "file too short", "failed to read object")
}

// notHere tells that a commit has no such path.
func notHere(commit, path string) error {
	return gemba.Fail(gemba.NotFound, fmt.Sprintf("commit %.7s has no %s", commit, path), "", "git ls-tree -r --name-only "+commit)
}

// hash checks that a commit is named as Resolve names it, so that it cannot be taken for anything else.
func hash(commit string) error {
	if len(commit) != 40 && len(commit) != 64 || strings.Trim(commit, "0123456789abcdef") != "" {
		return gemba.Fail(gemba.NotFound, fmt.Sprintf("%q is not the whole hash of a commit", commit), "", "resolve it first")
	}
	return nil
}

// paths reads the output of `git status --porcelain=v1 -z --no-renames`.
func paths(out []byte) []string {
	var found []string
	for _, entry := range strings.Split(string(out), "\x00") {
		if len(entry) > 3 {
			found = append(found, entry[3:])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
