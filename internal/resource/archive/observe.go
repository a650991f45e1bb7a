package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// observed is what was found of an unpacked archive.
type observed struct {
	resource.Info              // of the directory
	Owner         string       `json:"owner,omitempty"`
	Group         string       `json:"group,omitempty"`
	Mark          string       `json:"mark,omitempty"`    // what was unpacked
	Created       bool         `json:"created,omitempty"` // what it creates is there
	File          gemba.Digest `json:"file,omitempty"`    // of the archive at the path; "" when it is not there
}

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	var err error
	if d.Path != "" && d.Checksum == "" { // with a checksum it is read only to be unpacked
		if o.File, err = digest(sys, d.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return o, err
		}
	}
	info, err := sys.Stat(d.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	o.Info = info
	accounts, err := sys.Accounts()
	if err != nil {
		return o, err
	}
	o.Owner, o.Group = accounts.UserName(o.UID), accounts.GroupName(o.GID)
	if o.Type != resource.Directory {
		return o, nil
	}
	mark, err := sys.ReadFile(d.marker())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	o.Mark = string(mark)
	if d.Creates != "" {
		if _, err = sys.Lstat(d.Creates); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return o, err
		}
		o.Created = err == nil
	}
	return o, nil
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

// wanted is the digest of what is to be unpacked; "" when the file that says it is not there.
func wanted(d declared, o observed) gemba.Digest {
	if digest := d.wanted(); digest != "" {
		return digest
	}
	return o.File
}

// unpacked reports whether the archive's content is there.
func unpacked(d declared, o observed) bool {
	switch want := wanted(d, o); {
	case o.Type != resource.Directory || d.Creates != "" && !o.Created:
		return false
	case o.Mark == "":
		return d.Creates != "" // somebody else has unpacked it
	case want == "":
		return true // the file is gone, and nothing says that it was another one
	default:
		return o.Mark == d.mark(want)
	}
}

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	var difference resource.Difference
	if !unpacked(d, o) {
		from, _, _ := strings.Cut(o.Mark, " ")
		want := wanted(d, o)
		to := "unpacked"
		if want != "" {
			to = want.Short()
		} else {
			difference.May = d.Path + " is not there yet"
		}
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "content", From: gemba.Digest(from).Short(), To: to})
	}
	if o.Type != resource.Absent {
		difference.Diffs = append(difference.Diffs, resource.DiffOwner(d.Owner, d.Group, o.Info, o.Owner, o.Group)...)
	}
	switch {
	case len(difference.Diffs) == 0:
		return resource.Difference{}
	case o.Type == resource.Absent:
		difference.Action = gemba.ActionCreate
	default:
		difference.Action = gemba.ActionUpdate
	}
	return difference
}
