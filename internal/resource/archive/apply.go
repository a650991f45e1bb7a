package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// apply unpacks the archive and writes down which one it was at last: what was cut short is unpacked again.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	uid, gid, err := resource.OwnerIDs(sys, d.Owner, d.Group)
	if err != nil {
		return err
	}
	switch o.Type {
	case resource.Directory:
	case resource.Absent:
		if err := sys.Mkdir(d.Name, resource.Meta{Mode: 0o755, UID: max(uid, 0), GID: max(gid, 0)}); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s is no directory", d.Name)
	}
	if unpacked(d, o) {
		return own(ctx, sys, d, uid, gid)
	}
	if err := sys.Remove(d.marker()); err != nil {
		return err
	}
	digest, err := unpack(ctx, sys, d)
	if err != nil {
		return err
	}
	if err := own(ctx, sys, d, uid, gid); err != nil {
		return err
	}
	return sys.Write(d.marker(), strings.NewReader(d.mark(digest)), resource.Meta{Mode: 0o644, UID: max(uid, 0), GID: max(gid, 0)})
}

// unpack unpacks the archive from a file; one that comes with the declaration is put beside the directory for that time.
func unpack(ctx context.Context, sys resource.System, d declared) (gemba.Digest, error) {
	at := d.Path
	if d.Content != nil {
		at = path.Join(path.Dir(d.Name), "."+path.Base(d.Name)+".gemba-archive")
		body, err := sys.Body(ctx, d.Content.Digest)
		if err != nil {
			return "", err
		}
		defer body.Close()
		if err := sys.Write(at, body, resource.Meta{Mode: 0o600}); err != nil {
			return "", err
		}
		defer sys.Remove(at)
	}
	got, err := digest(sys, at)
	if err != nil {
		return "", err
	}
	if want := d.wanted(); want != "" && got != want {
		return "", fmt.Errorf("%s is not what is declared: its checksum is %s, not %s", at, got, want)
	}
	argv := []string{"tar", "--extract", "--file", at, "--directory", d.Name, "--no-same-owner", "--no-overwrite-dir", "--strip-components=" + strconv.Itoa(d.Strip)}
	zip, err := isZip(sys, at)
	if err != nil {
		return "", err
	}
	if zip {
		if d.Strip > 0 {
			return "", errors.New("strip is for tar archives, and this is a zip")
		}
		argv = []string{"unzip", "-q", "-o", at, "-d", d.Name}
	}
	return got, run(ctx, sys, argv)
}

// isZip reports whether a file begins as a zip archive does.
func isZip(sys resource.System, at string) (bool, error) {
	f, err := sys.Open(at)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := f.Read(head)
	return string(head[:n]) == "PK\x03\x04", nil
}

// own gives the directory and all that is in it to its owner. Links are not followed.
func own(ctx context.Context, sys resource.System, d declared, uid, gid int) error {
	if uid < 0 && gid < 0 {
		return nil
	}
	who := ""
	if uid >= 0 {
		who = strconv.Itoa(uid)
	}
	if gid >= 0 {
		who += ":" + strconv.Itoa(gid)
	}
	return run(ctx, sys, []string{"chown", "-R", "-h", "-P", who, d.Name})
}

func run(ctx context.Context, sys resource.System, argv []string) error {
	_, err := sys.Run(ctx, resource.Command{Argv: argv, Timeout: time.Hour})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the host has no %s; declare the package that it comes with", argv[0])
	}
	return err
}
