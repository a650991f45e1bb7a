package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// observed is what was found of a working tree.
type observed struct {
	There  bool   `json:"there,omitempty"`  // there is something at the path
	Tree   bool   `json:"tree,omitempty"`   // and it is a working tree
	Origin string `json:"origin,omitempty"` // the repository that it comes from
	Commit string `json:"commit,omitempty"`
	Dirty  bool   `json:"dirty,omitempty"`  // files were changed by somebody
	Want   string `json:"want,omitempty"`   // the commit that is declared
	Ref    string `json:"ref,omitempty"`    // its name in the repository; "" for a commit
	NoGit  bool   `json:"no_git,omitempty"` // git itself is not there yet
	NoUser bool   `json:"no_user,omitempty"`
}

func observe(ctx context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	_, err := sys.Lstat(d.Name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	o.There = err == nil
	if d.User != "" {
		accounts, err := sys.Accounts()
		if err != nil {
			return o, err
		}
		if _, err := accounts.UID(d.User); err != nil {
			o.NoUser = true
			return o, nil
		}
	}
	if _, err = sys.Lstat(path.Join(d.Name, ".git")); err == nil {
		err = look(ctx, sys, d, &o)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = want(ctx, sys, d, &o)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return observed{There: o.There, Tree: o.Tree, NoGit: true}, nil
	}
	return o, err
}

// look looks at the working tree.
func look(ctx context.Context, sys resource.System, d declared, o *observed) error {
	o.Tree = true
	var err error
	if o.Origin, err = asked(inTree(ctx, sys, d, "config", "--get", "remote.origin.url")); err != nil {
		return err
	}
	if o.Commit, err = asked(inTree(ctx, sys, d, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")); err != nil || o.Commit == "" {
		return err
	}
	changed, err := inTree(ctx, sys, d, "status", "--porcelain", "--untracked-files=no")
	o.Dirty = changed != ""
	if err != nil {
		return explain("looking for local changes", err)
	}
	return nil
}

// want finds the commit that is declared. A commit is known; where a branch or a tag is now, the repository says.
func want(ctx context.Context, sys resource.System, d declared, o *observed) error {
	if commit(d.Revision) {
		o.Want = d.Revision
		return nil
	}
	names := []string{"refs/heads/" + d.Revision, "refs/tags/" + d.Revision + "^{}", "refs/tags/" + d.Revision}
	if d.Revision == "HEAD" || strings.HasPrefix(d.Revision, "refs/") {
		names = []string{d.Revision}
	}
	text, err := run(ctx, sys, d, append([]string{"ls-remote", "--", d.Repository}, names...)...)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return explain("asking "+d.Repository, err)
	}
	found := map[string]string{}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 2 {
			found[fields[1]] = fields[0]
		}
	}
	for _, name := range names {
		if found[name] != "" {
			o.Want, o.Ref = found[name], strings.TrimSuffix(name, "^{}")
			return nil
		}
	}
	return fmt.Errorf("%s has no branch or tag %q; a commit is written with all its 40 digits", d.Repository, d.Revision)
}

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	if o.NoGit || o.NoUser {
		may := "git is not there yet: the commit is known when it is"
		if o.NoUser {
			may = fmt.Sprintf("there is no user %q yet, whom git would run as", d.User)
		}
		return resource.Difference{Action: action(o), Diffs: []gemba.Diff{{Attribute: "revision", To: d.Revision}}, May: may}
	}
	var diffs []gemba.Diff
	if o.Origin != d.Repository {
		diffs = append(diffs, gemba.Diff{Attribute: "repository", From: o.Origin, To: d.Repository})
	}
	if o.Commit != o.Want {
		to := short(o.Want)
		if o.Ref != "" && o.Ref != "HEAD" {
			to += " (" + d.Revision + ")"
		}
		diffs = append(diffs, gemba.Diff{Attribute: "revision", From: short(o.Commit), To: to})
	}
	if d.Force && o.Dirty {
		diffs = append(diffs, gemba.Diff{Attribute: "changes", From: "files were changed here", To: "as in the revision"})
	}
	if diffs == nil {
		return resource.Difference{}
	}
	return resource.Difference{Action: action(o), Diffs: diffs}
}

func action(o observed) gemba.Action {
	if !o.There {
		return gemba.ActionCreate
	}
	return gemba.ActionUpdate
}

func short(commit string) string { return commit[:min(len(commit), 10)] }
