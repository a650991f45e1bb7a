package download

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// observed is what was found at the path.
type observed struct {
	resource.Info
	Sum   string `json:"sum,omitempty"` // as the declared one is written
	Owner string `json:"owner,omitempty"`
	Group string `json:"group,omitempty"`
}

// observe looks at the file, and reads all of it: size and time say nothing of what is in it.
func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	info, err := sys.Lstat(d.Name)
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
	if o.Type == resource.Regular {
		o.Sum, err = sum(sys, d.Name, d.Checksum)
	}
	return o, err
}

// sum is the checksum of a file, of the kind that another one is.
func sum(sys resource.System, path, like string) (string, error) {
	kind, _, _ := strings.Cut(like, ":")
	var h hash.Hash = sha256.New()
	if kind == "sha512" {
		h = sha512.New()
	}
	f, err := sys.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	return kind + ":" + hex.EncodeToString(h.Sum(nil)), nil
}

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	var diffs []gemba.Diff
	differ := func(attribute, from, to string) {
		if from != to {
			diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	action := gemba.ActionUpdate
	switch o.Type {
	case resource.Absent:
		action = gemba.ActionCreate
		differ("content", "", short(d.Checksum))
		differ("mode", "", resource.ShowMode(d.newMode()))
		differ("owner", "", d.Owner)
		differ("group", "", d.Group)
		return resource.Difference{Action: action, Diffs: diffs}
	case resource.Regular:
		if o.Sum != d.Checksum {
			differ("content", short(o.Sum), short(d.Checksum))
		}
		if d.mode != nil {
			differ("mode", resource.ShowMode(o.Mode), resource.ShowMode(d.mode.Of(o.Mode, false)))
		}
	default:
		differ("type", string(o.Type), string(resource.Regular))
	}
	diffs = append(diffs, resource.DiffOwner(d.Owner, d.Group, o.Info, o.Owner, o.Group)...)
	if len(diffs) == 0 {
		return resource.Difference{}
	}
	return resource.Difference{Action: action, Diffs: diffs}
}

func short(sum string) string {
	kind, digits, _ := strings.Cut(sum, ":")
	return kind + ":" + digits[:min(len(digits), 12)]
}

// newMode is the mode of a file that is not there yet.
func (d declared) newMode() uint32 {
	if d.mode == nil {
		return 0o644
	}
	return d.mode.Of(0o644, false)
}
