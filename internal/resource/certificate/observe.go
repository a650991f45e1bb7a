package certificate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"gemba"
	"gemba/internal/resource"
)

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	accounts, err := sys.Accounts()
	if err != nil {
		return o, err
	}
	for _, f := range d.files {
		info, err := resource.Look(sys, f.path)
		if err != nil {
			return o, err
		}
		one := found{Info: info}
		if info.Type != resource.Absent {
			one.Owner, one.Group = accounts.UserName(info.UID), accounts.GroupName(info.GID)
		}
		if info.Type == resource.Regular {
			content, err := sys.ReadFile(f.path)
			if err != nil {
				return o, err
			}
			one.Same = holds(content, f.parts)
		}
		o.Files = append(o.Files, one)
	}
	return o, nil
}

// holds reports whether a content is made of parts, as joined makes it of them.
func holds(content []byte, parts []gemba.Body) bool {
	open := false // the part before has no end of line
	for _, part := range parts {
		if open && len(content) > 0 && content[0] == '\n' {
			content = content[1:]
		}
		if int64(len(content)) < part.Size {
			return false
		}
		sum := sha256.Sum256(content[:part.Size])
		if gemba.Digest("sha256:"+hex.EncodeToString(sum[:])) != part.Digest {
			return false
		}
		open = part.Size > 0 && content[part.Size-1] != '\n'
		content = content[part.Size:]
	}
	return len(content) == 0
}

func diff(d declared, o observed) resource.Difference {
	difference := resource.Difference{Action: gemba.ActionUpdate}
	missing := 0
	for i, f := range d.files {
		one := o.Files[i]
		if one.Type == resource.Absent {
			missing++
		}
		if !one.Same {
			shown := gemba.Diff{Attribute: f.what, From: string(one.Type), To: f.parts[0].Digest.Short()}
			if f.what == "key" {
				shown = gemba.Diff{Attribute: f.what, Hidden: true}
			}
			difference.Diffs = append(difference.Diffs, shown)
		}
		if one.Type == resource.Absent {
			continue
		}
		if one.Type == resource.Regular && one.Mode != f.mode {
			difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: f.what + " mode", From: resource.ShowMode(one.Mode), To: resource.ShowMode(f.mode)})
		}
		for _, owner := range resource.DiffOwner(d.Owner, d.Group, one.Info, one.Owner, one.Group) {
			owner.Attribute = f.what + " " + owner.Attribute
			difference.Diffs = append(difference.Diffs, owner)
		}
	}
	switch {
	case len(difference.Diffs) == 0:
		return resource.Difference{}
	case missing == len(d.files):
		difference.Action = gemba.ActionCreate
	}
	return difference
}
