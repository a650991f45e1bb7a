package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/near"
)

// format is what Resolve asks git for, separated by NUL: hash, parents, author,
// e-mail, time of the commit, tags, subject.
const format = "--format=%H%x00%P%x00%aN%x00%aE%x00%ct%x00%D%x00%s%x00"

// Resolve names a commit by branch, tag, HEAD or abbreviated hash; "" is HEAD.
// The lines added and removed are counted against its first parent. One process.
func (r *Repository) Resolve(ctx context.Context, revision string) (gemba.Commit, error) {
	if revision == "" {
		revision = "HEAD"
	}
	if !single(revision) {
		return gemba.Commit{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("%q does not name one commit", revision),
			"it is a range, a path or a search", "name a branch, a tag or a hash")
	}
	out, err := r.git(ctx, "", nil, "log", "-1", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv",
		"--diff-merges=first-parent", "--decorate=full", "--decorate-refs=refs/tags/", "--no-color", format,
		"--end-of-options", revision, "--")
	if err != nil {
		return gemba.Commit{}, r.unresolved(ctx, revision, err)
	}
	return r.commit(string(out))
}

// single reports whether a revision can only mean one object by its name.
func single(revision string) bool {
	if strings.HasPrefix(revision, "^") || strings.Contains(revision, "..") || strings.ContainsAny(revision, ": \t\n\x00*?[\\") {
		return false
	}
	for _, set := range []string{"^@", "^!", "^-"} {
		if strings.Contains(revision, set) {
			return false
		}
	}
	return true
}

// commit reads what format asked for, and the numstat after it.
func (r *Repository) commit(out string) (gemba.Commit, error) {
	fields := strings.SplitN(out, "\x00", 8)
	if len(fields) < 8 {
		return gemba.Commit{}, fmt.Errorf("git log answered %q", out)
	}
	seconds, err := strconv.ParseInt(fields[4], 10, 64)
	if err != nil {
		return gemba.Commit{}, fmt.Errorf("git log answered a time %q", fields[4])
	}
	c := gemba.Commit{
		Hash: fields[0], Author: fields[2], Email: fields[3], Time: time.Unix(seconds, 0).UTC(),
		Subject: fields[6], Tags: tags(fields[5]), Repository: r.common,
	}
	// The first commit of a shallow clone hides its parent: everything would look added.
	if !r.shallow || fields[1] != "" {
		c.Added, c.Removed = lines(fields[7])
	}
	return c, nil
}

// tags reads the decoration "tag: refs/tags/v1, tag: refs/tags/latest".
func tags(decoration string) []string {
	var names []string
	for _, ref := range strings.Split(decoration, ", ") {
		if name, ok := strings.CutPrefix(ref, "tag: refs/tags/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// lines adds up the numbers of a numstat; binary files, "-", have none.
func lines(numstat string) (added, removed int) {
	for _, file := range strings.Split(numstat, "\x00") {
		numbers := strings.SplitN(strings.TrimLeft(file, "\n"), "\t", 3)
		if len(numbers) != 3 {
			continue
		}
		a, errA := strconv.Atoi(numbers[0])
		d, errD := strconv.Atoi(numbers[1])
		if errA == nil && errD == nil {
			added, removed = added+a, removed+d
		}
	}
	return added, removed
}

// unresolved tells why a revision names no commit, and which names are near.
func (r *Repository) unresolved(ctx context.Context, revision string, err error) error {
	var failed *failure
	if !errors.As(err, &failed) || damaged(failed) {
		return r.explain("looking for commit "+revision, err)
	}
	if failed.says("is ambiguous") {
		return &gemba.Error{Code: gemba.NotFound, What: fmt.Sprintf("%s can mean several commits of %s", revision, r.root),
			Why: "the abbreviation is too short", Try: "give more digits", Err: err}
	}
	out, err := r.git(ctx, "", nil, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads", "refs/tags", "refs/remotes")
	if err != nil {
		return r.explain("looking for commit "+revision, err)
	}
	names := strings.Fields(string(out))
	if len(names) == 0 {
		if _, err := r.git(ctx, "", nil, "rev-parse", "--verify", "--quiet", "HEAD"); err != nil {
			return gemba.Fail(gemba.NotFound, fmt.Sprintf("%s has no commit yet", r.root), "what is shipped is a commit",
				`git add . && git commit -m "First commit"`)
		}
	}
	why, try := "it has no branch and no tag", "git log"
	if len(names) > 0 {
		why, try = "no branch, tag or hash has that name", "git branch --all, git tag"
		if meant := near.Meant(revision, names); meant != "" {
			try = "did you mean " + meant + "?"
		}
	}
	if r.shallow {
		why += "; the repository is a shallow clone, which has only the latest commits"
		try += " Or git fetch --unshallow"
	}
	return &gemba.Error{Code: gemba.NotFound, What: fmt.Sprintf("there is no commit %s in %s", revision, r.root), Why: why, Try: try, Err: failed}
}
