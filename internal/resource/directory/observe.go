package directory

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"gemba/internal/resource"
)

// observe looks at the directory, and below it only where the declaration is about that.
func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	o := observed{Path: d.Name}
	var err error
	if o.Info, err = resource.Look(sys, d.Name); err != nil {
		return o, err
	}
	if o.Type == resource.Absent {
		if d.Parents {
			o.Above, err = missing(sys, d.Name)
		}
		return o, err
	}
	if o.Type == resource.Symlink && !d.Absent {
		at, info, err := resource.Follow(sys, d.Name)
		if err != nil {
			return o, err
		}
		if info.Type == resource.Directory {
			o.Path, o.Info = at, info
		}
	}
	if o.Type != resource.Directory {
		return o, nil
	}
	accounts, err := sys.Accounts()
	if err != nil {
		return o, err
	}
	o.Owner, o.Group = accounts.UserName(o.UID), accounts.GroupName(o.GID)
	if d.Purge || d.Absent {
		if o.Names, err = sys.ReadDir(o.Path); err != nil {
			return o, err
		}
	}
	if d.Recurse {
		err = below(sys, o.Path, o.surplus(d), wanted(accounts, d), &o.Astray)
	}
	return o, err
}

// missing are the directories above a path that are not there, nearest to the root first.
func missing(files resource.Files, name string) ([]string, error) {
	var above []string
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		info, err := resource.Look(files, dir)
		if err != nil {
			return nil, err
		}
		if info.Type != resource.Absent {
			break
		}
		above = append([]string{dir}, above...)
	}
	return above, nil
}

// surplus are the names in it that purge removes.
func (o observed) surplus(d declared) map[string]bool {
	if !d.Purge {
		return nil
	}
	surplus := map[string]bool{}
	for _, name := range o.Names {
		surplus[name] = !d.children[name] && !kept(d.Keep, name)
	}
	return surplus
}

func kept(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if pattern == name {
			return true
		}
		if matches, err := path.Match(pattern, name); err == nil && matches {
			return true
		}
	}
	return false
}

// wanted returns what a file below is to have. Names that nobody knows yet are as good as different: whoever applies says so.
func wanted(accounts resource.Accounts, d declared) func(resource.Info) resource.Meta {
	uid, gid := -1, -1
	if d.Owner != "" {
		if n, err := accounts.UID(d.Owner); err == nil {
			uid = n
		} else {
			uid = unknown
		}
	}
	if d.Group != "" {
		if n, err := accounts.GID(d.Group); err == nil {
			gid = n
		} else {
			gid = unknown
		}
	}
	return func(info resource.Info) resource.Meta {
		return resource.Meta{Mode: modeBelow(d.mode, info), UID: uid, GID: gid}
	}
}

// unknown is the number of an account that is not there: no file has it.
const unknown = -2

// modeBelow is the mode that something below is to have. A link has none of its own. An octal mode is meant for directories:
// files get its reading and writing, and its execution only where they can be executed already; setuid, setgid and
// sticky of a directory say something else about a file, and stay as they are.
func modeBelow(mode *resource.Mode, info resource.Info) uint32 {
	if mode == nil || info.Type == resource.Symlink {
		return info.Mode
	}
	if mode.Symbolic() || info.Type == resource.Directory {
		return mode.Of(info.Mode, info.Type == resource.Directory)
	}
	octal := mode.Of(info.Mode, false) & 0o777
	if info.Mode&0o111 == 0 {
		octal &^= 0o111
	}
	return info.Mode&0o7000 | octal
}

func off(info resource.Info, want resource.Meta) bool {
	return info.Mode != want.Mode || want.UID != -1 && info.UID != want.UID || want.GID != -1 && info.GID != want.GID
}

// below gathers what is not as it is wanted, following no link. Entries of the top that are skipped will not be there.
func below(sys resource.System, dir string, skip map[string]bool, want func(resource.Info) resource.Meta, found *[]astray) error {
	names, err := sys.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if skip[name] {
			continue
		}
		at := path.Join(dir, name)
		info, err := sys.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went while we looked
		}
		if err != nil {
			return err
		}
		if off(info, want(info)) {
			*found = append(*found, astray{info, at})
		}
		if info.Type != resource.Directory {
			continue
		}
		if err := below(sys, at, nil, want, found); err != nil {
			return err
		}
	}
	return nil
}
