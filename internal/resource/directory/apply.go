package directory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"gemba/internal/resource"
)

// apply makes the directory what is declared of it.
func apply(_ context.Context, sys resource.System, d declared, o observed) error {
	if o.Type != resource.Directory && o.Type != resource.Absent {
		return fmt.Errorf("%s is a %s, not a directory; declare it as a file that is absent first", d.Name, o.Type)
	}
	if d.Absent {
		return remove(sys, d, o)
	}
	uid, gid, err := resource.OwnerIDs(sys, d.Owner, d.Group)
	if err != nil {
		return err
	}
	if o.Type == resource.Absent {
		return create(sys, d, resource.Meta{Mode: newMode(d), UID: max(uid, 0), GID: max(gid, 0)})
	}
	if err := purge(sys, d, o); err != nil {
		return err
	}
	mode := func(info resource.Info) uint32 { return modeBelow(d.mode, info) }
	if err := set(sys, o.Path, o.Info, uid, gid, mode); err != nil {
		return err
	}
	for _, a := range o.Astray {
		if err := set(sys, a.Path, a.Info, uid, gid, mode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// remove removes the directory. What is in it is looked at again: it may be more than there was.
func remove(sys resource.System, d declared, o observed) error {
	names, err := sys.ReadDir(o.Path)
	if err != nil {
		return err
	}
	if len(names) > 0 && !d.Force {
		return fmt.Errorf("%s is not empty (%s is in it); write force = true to lose what is in it", o.Path, names[0])
	}
	if d.Force {
		return sys.RemoveAll(o.Path)
	}
	return sys.Remove(o.Path)
}

func create(sys resource.System, d declared, meta resource.Meta) error {
	if d.Parents {
		var above []string
		for dir := path.Dir(d.Name); dir != "/"; dir = path.Dir(dir) {
			above = append(above, dir)
		}
		for _, dir := range slices.Backward(above) {
			if err := sys.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
	}
	err := sys.Mkdir(d.Name, meta)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; write parents = true to have what is above it made", err)
	}
	return err
}

// purge removes what is not declared. What another file system is mounted on is left: it is not part of the directory.
func purge(sys resource.System, d declared, o observed) error {
	surplus := o.surplus(d)
	for _, name := range o.Names {
		if !surplus[name] {
			continue
		}
		at := path.Join(o.Path, name)
		info, err := resource.Look(sys, at)
		if err != nil {
			return err
		}
		if info.Type == resource.Directory && info.Device != o.Device {
			return fmt.Errorf("a file system is mounted on %s; unmount it or name it in keep", at)
		}
		if err := sys.RemoveAll(at); err != nil {
			return err
		}
	}
	return nil
}

// set gives a file its owner and then its mode: a change of the owner takes setuid and setgid away, and what was setuid for
// somebody else does not become so for the new owner unless the mode says so.
func set(sys resource.System, at string, info resource.Info, uid, gid int, mode func(resource.Info) uint32) error {
	if uid >= 0 && uid != info.UID || gid >= 0 && gid != info.GID {
		if err := sys.Chown(at, uid, gid); err != nil {
			return err
		}
		now, err := sys.Lstat(at)
		if err != nil {
			return err
		}
		info = now
	}
	want := mode(info)
	if info.Type == resource.Symlink || info.Mode == want {
		return nil
	}
	return sys.Chmod(at, want)
}
