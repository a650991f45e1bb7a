package file

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"time"

	"gemba/internal/resource"
)

// apply makes the file what is declared of it.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if o.Type == resource.Directory {
		return fmt.Errorf("%s is a directory; what is in it would be lost: remove it first", o.Path)
	}
	switch {
	case d.Absent:
		return sys.Remove(d.Name)
	case d.Link != "":
		return link(sys, d, o)
	case d.HardLink != "":
		return sys.Link(d.HardLink, d.Name)
	}
	uid, gid, err := resource.OwnerIDs(sys, d.Owner, d.Group)
	if err != nil {
		return err
	}
	if o.Type != resource.Regular || d.Content != nil && o.Digest != d.Content.Digest {
		return write(ctx, sys, d, o, uid, gid)
	}
	// The owner first: a change of it takes setuid away.
	if uid >= 0 && uid != o.UID || gid >= 0 && gid != o.GID {
		if err := sys.Chown(o.Path, uid, gid); err != nil {
			return err
		}
	}
	mode := o.Mode
	if d.mode != nil {
		mode = d.mode.Of(o.Mode, false)
	}
	return sys.Chmod(o.Path, mode)
}

func link(sys resource.System, d declared, o observed) error {
	uid, gid, err := resource.OwnerIDs(sys, d.Owner, d.Group)
	if err != nil {
		return err
	}
	if o.Type != resource.Symlink || o.Target != d.Link {
		if err := sys.Symlink(d.Link, d.Name); err != nil {
			return err
		}
		// A new link is root's whatever directory it is in, and one in the place of another keeps whose it was, as with files.
		was := resource.Info{}
		if o.Type == resource.Symlink {
			was = o.Info
		}
		if uid < 0 {
			uid = was.UID
		}
		if gid < 0 {
			gid = was.GID
		}
	}
	if uid < 0 && gid < 0 {
		return nil
	}
	return sys.Chown(d.Name, uid, gid)
}

// write puts the new content in the place of the old, after it was tried and the old was kept where that is asked for.
func write(ctx context.Context, sys resource.System, d declared, o observed, uid, gid int) error {
	meta := resource.Meta{Mode: newMode(d), UID: max(uid, 0), GID: max(gid, 0)}
	if o.Type == resource.Regular {
		meta.Mode = o.Mode
		if d.mode != nil {
			meta.Mode = d.mode.Of(o.Mode, false)
		}
		if uid < 0 {
			meta.UID = o.UID
		}
		if gid < 0 {
			meta.GID = o.GID
		}
	}
	if err := validate(ctx, sys, d, o.Path, meta); err != nil {
		return err
	}
	if d.Backup && o.Type == resource.Regular {
		if err := keep(sys, o); err != nil {
			return err
		}
	}
	body, err := open(ctx, sys, d)
	if err != nil {
		return err
	}
	defer body.Close()
	return sys.Write(o.Path, body, meta)
}

func open(ctx context.Context, sys resource.System, d declared) (io.ReadCloser, error) {
	if d.Content == nil {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	return sys.Body(ctx, d.Content.Digest)
}

// validate tries the new content in a file beside the old one.
func validate(ctx context.Context, sys resource.System, d declared, at string, meta resource.Meta) error {
	if d.Validate == nil {
		return nil
	}
	trial := path.Join(path.Dir(at), "."+path.Base(at)+".gemba-trial")
	body, err := open(ctx, sys, d)
	if err != nil {
		return err
	}
	defer body.Close()
	meta.Mode &= 0o700 // nobody else reads what may never be taken
	if err := sys.Write(trial, body, meta); err != nil {
		return err
	}
	defer sys.Remove(trial)
	argv := make([]string, len(d.Validate))
	for i, word := range d.Validate {
		argv[i] = word
		if word == "%" {
			argv[i] = trial
		}
	}
	if _, err := sys.Run(ctx, resource.Command{Argv: argv, Timeout: time.Minute}); err != nil {
		return fmt.Errorf("the new content is not valid, the old one stays: %w", err)
	}
	return nil
}

func keep(sys resource.System, o observed) error {
	old, err := sys.Open(o.Path)
	if err != nil {
		return err
	}
	defer old.Close()
	return sys.Write(o.Path+"."+o.Modified.UTC().Format("20060102T150405")+"~", old, resource.Meta{Mode: o.Mode, UID: o.UID, GID: o.GID})
}
