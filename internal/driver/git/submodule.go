package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gemba"
)

// submodule is another repository at a path of a commit.
type submodule struct {
	name   string // in .gitmodules
	path   string
	url    string
	commit string
}

// writeSubmodules writes the submodules at the empty directories of a checkout.
func (r *Repository) writeSubmodules(ctx context.Context, commit, dir string, empty []string) error {
	subs, err := r.submodules(ctx, commit, empty)
	if err != nil {
		return err
	}
	for _, sub := range subs {
		if err := r.writeSubmodule(ctx, sub, filepath.Join(dir, sub.path)); err != nil {
			return fmt.Errorf("submodule %s: %w", sub.path, err)
		}
	}
	return nil
}

// submodules reads which repositories belong at the paths.
func (r *Repository) submodules(ctx context.Context, commit string, at []string) ([]submodule, error) {
	out, err := r.git(ctx, "", nil, append([]string{"ls-tree", "-z", "--full-tree", commit, "--"}, at...)...)
	if err != nil {
		return nil, r.explain("looking for submodules", err)
	}
	declared, err := r.gitmodules(ctx, commit)
	if err != nil {
		return nil, err
	}
	var subs []submodule
	for entry := range strings.SplitSeq(string(out), "\x00") {
		what, path, ok := strings.Cut(entry, "\t") // "160000 commit OID"
		fields := strings.Fields(what)
		if !ok || len(fields) != 3 || fields[1] != "commit" {
			continue
		}
		sub, ok := declared[path]
		if !ok {
			return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("%s is a submodule that .gitmodules does not declare", path),
				"a repository inside the repository was added by mistake, perhaps", "git submodule add URL "+path+", or git rm --cached "+path)
		}
		sub.commit = fields[2]
		subs = append(subs, sub)
	}
	return subs, nil
}

// gitmodules reads the .gitmodules of a commit, by path.
func (r *Repository) gitmodules(ctx context.Context, commit string) (map[string]submodule, error) {
	out, err := r.git(ctx, "", nil, "config", "-z", "--blob", commit+":.gitmodules", "--get-regexp", `^submodule\..*\.(path|url)$`)
	if f := (*failure)(nil); errors.As(err, &f) && (f.code == 1 || f.says("unable to resolve config blob")) {
		return nil, nil
	}
	if err != nil {
		return nil, r.explain("reading .gitmodules", err)
	}
	byName := map[string]submodule{}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		key, value, ok := strings.Cut(entry, "\n") // "submodule.NAME.path\nVALUE"
		dot := strings.LastIndex(key, ".")
		if !ok || dot < len("submodule.") {
			continue
		}
		name := key[len("submodule."):dot]
		sub := byName[name]
		sub.name = name
		if key[dot+1:] == "path" {
			sub.path = value
		} else {
			sub.url = value
		}
		byName[name] = sub
	}
	byPath := map[string]submodule{}
	for _, sub := range byName {
		byPath[sub.path] = sub
	}
	return byPath, nil
}

// writeSubmodule takes the commit from where it is already, or fetches it for this once.
func (r *Repository) writeSubmodule(ctx context.Context, sub submodule, dir string) error {
	// What was just checked out is a directory of its own, and no way elsewhere.
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("is no directory in the checkout: %w", err)
	}
	for _, candidate := range r.candidates(ctx, sub) {
		if _, err := candidate.git(ctx, "", nil, "cat-file", "-e", sub.commit+"^{commit}"); err == nil {
			return candidate.write(ctx, sub.commit, dir)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	temporary, err := os.MkdirTemp("", "gemba-submodule-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }() // it lies with the machine's temporary files
	fetched, err := r.fetch(ctx, sub, temporary)
	if err != nil {
		return err
	}
	return fetched.write(ctx, sub.commit, dir)
}

// candidates are the repositories of this machine that may have a submodule's commit.
func (r *Repository) candidates(ctx context.Context, sub submodule) []*Repository {
	var found []*Repository
	if filepath.IsLocal(sub.name) { // the name is the commit's to choose
		for _, base := range []string{r.gitDir, r.common} {
			dir := filepath.Join(base, "modules", sub.name)
			if _, err := os.Stat(filepath.Join(dir, "HEAD")); err == nil {
				found = append(found, bareAt(dir))
			}
		}
	}
	if r.bare || !filepath.IsLocal(sub.path) {
		return found
	}
	tree := filepath.Join(r.root, sub.path)
	if _, err := os.Lstat(filepath.Join(tree, ".git")); err == nil {
		if opened, err := Open(ctx, tree); err == nil {
			found = append(found, opened)
		}
	}
	return found
}

func bareAt(dir string) *Repository {
	return &Repository{root: dir, gitDir: dir, common: dir, bare: true}
}

// fetch brings one commit of a submodule's repository into dir.
func (r *Repository) fetch(ctx context.Context, sub submodule, dir string) (*Repository, error) {
	url, err := r.absolute(ctx, sub.url)
	if err != nil {
		return nil, err
	}
	format := "sha1"
	if len(sub.commit) == 64 {
		format = "sha256"
	}
	if _, err := run(ctx, command{dir: dir, args: []string{"init", "--quiet", "--bare", "--template=", "--object-format=" + format, "."}}); err != nil {
		return nil, err
	}
	into := bareAt(dir)
	if _, err := into.git(ctx, "", nil, "config", "remote.origin.url", url); err != nil {
		return nil, err
	}
	// One commit is enough; an old server gives only what a branch or a tag leads to.
	_, err = into.git(ctx, "", nil, "fetch", "--quiet", "--no-tags", "--depth=1", "--end-of-options", url, sub.commit)
	if err != nil {
		_, err = into.git(ctx, "", nil, "fetch", "--quiet", "--no-tags", "--end-of-options", url, "+refs/*:refs/fetched/*")
	}
	if err == nil {
		_, err = into.git(ctx, "", nil, "cat-file", "-e", sub.commit+"^{commit}")
	}
	if f := (*failure)(nil); errors.As(err, &f) {
		return nil, &gemba.Error{Code: gemba.Unavailable, What: fmt.Sprintf("commit %.7s of submodule %s could not be fetched from %s", sub.commit, sub.path, url),
			Why: strings.TrimSpace(f.stderr), Try: "git submodule update --init --recursive, then again", Err: err}
	}
	return into, err
}

// absolute resolves an URL that is relative to the repository's own remote
// (gitmodules(5), submodule.<name>.url).
func (r *Repository) absolute(ctx context.Context, url string) (string, error) {
	if !strings.HasPrefix(url, "./") && !strings.HasPrefix(url, "../") {
		return url, nil
	}
	out, err := r.git(ctx, "", nil, "config", "--get", "--default=", "remote.origin.url")
	if err != nil {
		return "", r.explain("looking for the remote", err)
	}
	base := strings.TrimRight(strings.TrimSpace(string(out)), "/")
	if base == "" {
		base = r.root
	}
	return relative(base, url), nil
}

// relative follows "./" and "../" at the start of an URL from a base, which
// may be an URL, a path or host:path.
func relative(base, url string) string {
	for {
		if rest, ok := strings.CutPrefix(url, "./"); ok {
			url = rest
			continue
		}
		rest, ok := strings.CutPrefix(url, "../")
		if !ok {
			break
		}
		url = rest
		if cut := strings.LastIndex(base, "/"); cut >= 0 {
			base = base[:cut]
		} else if cut := strings.LastIndex(base, ":"); cut >= 0 {
			return base[:cut+1] + url
		}
	}
	return base + "/" + url
}
