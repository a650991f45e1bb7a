package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"gemba"
	"gemba/internal/resource"
)

// observe looks at the file, and reads all of it where its content is declared: size and time say nothing.
func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	o := observed{Path: d.Name}
	var err error
	if o.Info, err = lstat(sys, o.Path); err != nil || o.Type == resource.Absent {
		return o, err
	}
	if d.Follow && o.Type == resource.Symlink {
		if o.Path, err = follow(sys, d.Name); err != nil {
			return o, err
		}
		if o.Info, err = lstat(sys, o.Path); err != nil || o.Type == resource.Absent {
			return o, err
		}
	}
	accounts, err := sys.Accounts()
	if err != nil {
		return o, err
	}
	o.Owner, o.Group = accounts.UserName(o.UID), accounts.GroupName(o.GID)
	if d.HardLink != "" {
		other, err := lstat(sys, d.HardLink)
		if err != nil {
			return o, err
		}
		o.Same = other.Type == resource.Regular && other.Inode == o.Inode && other.Device == o.Device
	}
	if d.Content != nil && o.Type == resource.Regular && (o.Size == d.Content.Size || o.Size == resource.UnknownSize) {
		o.Digest, err = digest(sys, o.Path)
	}
	return o, err
}

func lstat(sys resource.System, path string) (resource.Info, error) {
	info, err := sys.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return resource.Info{}, nil
	}
	return info, err
}

// follow returns where a link leads in the end.
func follow(sys resource.System, name string) (string, error) {
	at := name
	for range 40 { // as many as the kernel follows
		info, err := lstat(sys, at)
		if err != nil || info.Type != resource.Symlink {
			return at, err
		}
		if path.IsAbs(info.Target) {
			at = path.Clean(info.Target)
		} else {
			at = path.Join(path.Dir(at), info.Target)
		}
	}
	return "", fmt.Errorf("%s leads through too many links", name)
}

func digest(sys resource.System, path string) (gemba.Digest, error) {
	f, err := sys.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	return gemba.Digest("sha256:" + hex.EncodeToString(sum.Sum(nil))), nil
}

// current is the text that is there, for people to compare.
func current(ctx context.Context, sys resource.System, d declared) []byte {
	o, err := observe(ctx, sys, declared{Name: d.Name, Follow: d.Follow})
	if err != nil || o.Type != resource.Regular || o.Size > 1<<20 {
		return nil
	}
	text, err := sys.ReadFile(o.Path)
	if err != nil {
		return nil
	}
	return text
}
