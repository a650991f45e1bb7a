package git

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"

	"gemba/internal/resource"
)

// apply fetches the revision and checks it out.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	switch {
	case o.NoGit:
		return errors.New(`there is no git on the host; declare package "git"`)
	case o.NoUser:
		return fmt.Errorf("there is no user %q", d.User)
	case o.Dirty && !d.Force && o.Commit != o.Want:
		return fmt.Errorf("files in %s were changed by somebody, and would be lost; look with `git -C %s diff`, or declare force", d.Name, d.Name)
	}
	if !o.Tree {
		if err := begin(ctx, sys, d, o); err != nil {
			return err
		}
	}
	if o.Origin != d.Repository {
		for _, setting := range [][]string{{"remote.origin.url", d.Repository}, {"remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"}} {
			if _, err := inTree(ctx, sys, d, "config", setting[0], setting[1]); err != nil {
				return explain("naming the repository", err)
			}
		}
	}
	if o.Commit != o.Want {
		if err := fetch(ctx, sys, d, o); err != nil {
			return err
		}
	}
	if o.Commit != o.Want || o.Dirty && d.Force {
		words := []string{"checkout", "--quiet", "--detach"}
		if d.Force {
			words = append(words, "--force")
		}
		if _, err := inTree(ctx, sys, d, append(words, o.Want)...); err != nil {
			return explain("checking out "+short(o.Want), err)
		}
	}
	return nil
}

// begin makes an empty working tree in a directory that is empty or not there.
func begin(ctx context.Context, sys resource.System, d declared, o observed) error {
	if o.There {
		names, err := sys.ReadDir(d.Name)
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return fmt.Errorf("%s holds other things, such as %s; remove them first", d.Name, path.Join(d.Name, names[0]))
		}
	} else {
		uid, gid, err := resource.OwnerIDs(sys, d.User, "")
		if err != nil {
			return err
		}
		if accounts, err := sys.Accounts(); err == nil && d.User != "" {
			if u, ok := accounts.User(d.User); ok {
				gid = u.GID
			}
		}
		if err := sys.Mkdir(d.Name, resource.Meta{Mode: 0o755, UID: max(uid, 0), GID: max(gid, 0)}); err != nil {
			return err
		}
	}
	_, err := run(ctx, sys, d, "-c", "init.defaultBranch=main", "init", "--quiet", d.Name)
	if err != nil {
		return explain("beginning a working tree", err)
	}
	return nil
}

// fetch gets the commit, and no more than that where it can be helped: some servers give commits only by the names that lead to them.
func fetch(ctx context.Context, sys resource.System, d declared, o observed) error {
	words := []string{"fetch", "--quiet", "--force", "--no-tags"}
	if d.Depth > 0 {
		words = append(words, "--depth="+strconv.Itoa(d.Depth))
	}
	ref := o.Ref
	if ref == "" {
		ref = o.Want
	}
	_, err := inTree(ctx, sys, d, append(words, "origin", ref)...)
	var exit *resource.ExitError
	if o.Ref == "" && errors.As(err, &exit) {
		_, err = inTree(ctx, sys, d, "fetch", "--quiet", "--force", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
	}
	if err != nil {
		return explain("fetching from "+d.Repository, err)
	}
	return nil
}
