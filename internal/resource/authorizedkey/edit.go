package authorizedkey

import (
	"context"
	"fmt"
	"path"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// observe reads the file. What is in a home directory is its user's: whatever is a link there is refused, because it may lead to
// what the user must neither read nor write.
func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	o := observed{Path: d.Path}
	accounts, err := sys.Accounts()
	if err != nil {
		return o, err
	}
	known := false
	if o.Account, known = accounts.User(d.User); !known && d.Path == "" {
		return o, nil
	}
	o.Account.Password = "" // it is of no interest here
	if d.Path == "" {
		o.Path = path.Join(o.Account.Home, ".ssh", "authorized_keys")
	}
	if o.Dir, err = resource.Look(sys, path.Dir(o.Path)); err != nil {
		return o, err
	}
	if d.Path == "" && o.Dir.Type != resource.Absent && o.Dir.Type != resource.Directory {
		o.Refused = fmt.Sprintf("%s is a %s, which may lead anywhere; put a directory in its place", path.Dir(o.Path), o.Dir.Type)
		return o, nil
	}
	if o.File, err = resource.Look(sys, o.Path); err != nil || o.File.Type == resource.Absent {
		return o, err
	}
	if o.File.Type != resource.Regular {
		o.Refused = fmt.Sprintf("%s is a %s, which may lead anywhere; put a file in its place", o.Path, o.File.Type)
		return o, nil
	}
	content, err := sys.ReadFile(o.Path)
	o.Content = string(content)
	return o, err
}

// edited is the file as it is declared, with what has changed.
func edited(d declared, content string) (string, []gemba.Diff) {
	l := resource.SplitLines(content)
	var diffs []gemba.Diff
	found := false
	for i := len(l.All) - 1; i >= 0; i-- {
		k, is := parseLine(l.All[i])
		switch {
		case !is:
		case k.text != d.key.text:
			if d.Exclusive && !d.keep[k.text] {
				diffs = append([]gemba.Diff{{Attribute: "exclusive", From: k.name()}}, diffs...)
				l.Delete(i, i+1)
			}
		case d.Absent:
			diffs = append([]gemba.Diff{{Attribute: "key", From: k.name()}}, diffs...)
			l.Delete(i, i+1)
		default:
			found = true
			if d.Options != nil && *d.Options != k.options {
				diffs = append([]gemba.Diff{{Attribute: "options", From: k.options, To: *d.Options}}, diffs...)
				k.options = *d.Options
				l.Set(i, k.String())
			}
		}
	}
	if !found && !d.Absent {
		k := d.key
		if d.Options != nil {
			k.options = *d.Options
		}
		diffs = append([]gemba.Diff{{Attribute: "key", To: k.name()}}, diffs...)
		l.Insert(len(l.All), k.String())
	}
	return l.String(), diffs
}

func diff(d declared, o observed) resource.Difference {
	if o.Refused != "" {
		return resource.Difference{Action: gemba.ActionUpdate, Diffs: []gemba.Diff{{Attribute: "path", From: o.Refused, To: o.Path}}}
	}
	_, diffs := edited(d, o.Content)
	if len(diffs) == 0 {
		return resource.Difference{}
	}
	action := gemba.ActionUpdate
	switch {
	case d.Absent:
		action = gemba.ActionRemove
	case o.File.Type == resource.Absent:
		action = gemba.ActionCreate
	}
	return resource.Difference{Action: action, Diffs: diffs}
}

// apply edits the file as it is now: another key may have come since it was looked at.
func apply(ctx context.Context, sys resource.System, d declared, _ observed) error {
	o, err := observe(ctx, sys, d)
	switch {
	case err != nil:
		return err
	case o.Account.Name == "":
		if d.Absent {
			return nil
		}
		return fmt.Errorf("there is no user %q", d.User)
	case o.Refused != "":
		return fmt.Errorf("%s", o.Refused)
	}
	content, diffs := edited(d, o.Content)
	if len(diffs) == 0 {
		return nil
	}
	meta := resource.Meta{Mode: 0o600, UID: o.Account.UID, GID: o.Account.GID}
	if o.Dir.Type == resource.Absent && d.Path == "" {
		if err := sys.Mkdir(path.Dir(o.Path), resource.Meta{Mode: 0o700, UID: meta.UID, GID: meta.GID}); err != nil {
			return err
		}
	}
	if o.File.Type == resource.Regular {
		meta = resource.Meta{Mode: o.File.Mode, UID: o.File.UID, GID: o.File.GID}
	}
	return sys.Write(o.Path, strings.NewReader(content), meta)
}
