package certificate

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"gemba"
	"gemba/internal/resource"
)

// apply writes the files that differ, after all were held against one another.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	uid, gid, err := resource.OwnerIDs(sys, d.Owner, d.Group)
	if err != nil {
		return err
	}
	differs := false
	for _, one := range o.Files {
		differs = differs || !one.Same
	}
	if differs {
		if err := together(ctx, sys, d); err != nil {
			return err
		}
	}
	for i, f := range d.files {
		if err := put(ctx, sys, f, o.Files[i], uid, gid); err != nil {
			return err
		}
	}
	return nil
}

func together(ctx context.Context, sys resource.System, d declared) error {
	var texts [3][]byte
	for i, body := range []*gemba.Body{d.Certificate, d.Key, d.Chain} {
		if body == nil {
			continue
		}
		text, err := joined(ctx, sys, []gemba.Body{*body})
		if err != nil {
			return err
		}
		texts[i] = text
	}
	return belong(texts[0], texts[1], texts[2])
}

// joined are bodies one after the other, each beginning on a line of its own.
func joined(ctx context.Context, sys resource.System, parts []gemba.Body) ([]byte, error) {
	var all []byte
	for _, part := range parts {
		body, err := sys.Body(ctx, part.Digest)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(body)
		body.Close()
		if err != nil {
			return nil, fmt.Errorf("reading what is to be written: %w", err)
		}
		if len(all) > 0 && all[len(all)-1] != '\n' {
			all = append(all, '\n')
		}
		all = append(all, text...)
	}
	return all, nil
}

func put(ctx context.Context, sys resource.System, f file, was found, uid, gid int) error {
	if was.Type == resource.Directory {
		return fmt.Errorf("%s is a directory; remove it first", f.path)
	}
	if !was.Same {
		text, err := joined(ctx, sys, f.parts)
		if err != nil {
			return err
		}
		return sys.Write(f.path, bytes.NewReader(text), resource.Meta{Mode: f.mode, UID: uid, GID: gid})
	}
	if was.UID != uid || was.GID != gid {
		if err := sys.Chown(f.path, uid, gid); err != nil {
			return err
		}
	}
	if was.Mode == f.mode {
		return nil
	}
	return sys.Chmod(f.path, f.mode)
}
