package file

import (
	"fmt"

	"gemba"
	"gemba/internal/resource"
)

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	switch {
	case d.Absent:
		return absence(o)
	case o.Type == resource.Absent:
		return resource.Difference{Action: gemba.ActionCreate, Diffs: made(d)}
	}
	var diffs []gemba.Diff
	differ := func(attribute, from, to string) {
		if from != to {
			diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	switch {
	case d.Link != "":
		differ("type", string(o.Type), string(resource.Symlink))
		differ("link", o.Target, d.Link)
	case d.HardLink != "":
		if !o.Same {
			differ("hard_link", "another file", d.HardLink)
		}
	default:
		differ("type", string(o.Type), string(resource.Regular))
		if d.Content != nil && o.Digest != d.Content.Digest {
			differ("content", shown(o.Digest, o.Size), shown(d.Content.Digest, d.Content.Size))
		}
		if d.mode != nil && o.Type == resource.Regular {
			differ("mode", resource.ShowMode(o.Mode), resource.ShowMode(d.mode.Of(o.Mode, false)))
		}
	}
	diffs = append(diffs, resource.DiffOwner(d.Owner, d.Group, o.Info, o.Owner, o.Group)...)
	if len(diffs) == 0 {
		return resource.Difference{}
	}
	return resource.Difference{Action: gemba.ActionUpdate, Diffs: diffs}
}

func absence(o observed) resource.Difference {
	if o.Type == resource.Absent {
		return resource.Difference{}
	}
	return resource.Difference{Action: gemba.ActionRemove, Diffs: []gemba.Diff{{Attribute: "type", From: string(o.Type)}}}
}

// made is what a file that is not there will have.
func made(d declared) []gemba.Diff {
	if d.Link != "" {
		return []gemba.Diff{{Attribute: "link", To: d.Link}}
	}
	if d.HardLink != "" {
		return []gemba.Diff{{Attribute: "hard_link", To: d.HardLink}}
	}
	diffs := []gemba.Diff{{Attribute: "mode", To: resource.ShowMode(newMode(d))}}
	if d.Content != nil {
		diffs = append(diffs, gemba.Diff{Attribute: "content", To: shown(d.Content.Digest, d.Content.Size)})
	}
	for _, owner := range []gemba.Diff{{Attribute: "owner", To: d.Owner}, {Attribute: "group", To: d.Group}} {
		if owner.To != "" {
			diffs = append(diffs, owner)
		}
	}
	return diffs
}

// newMode is the mode of a file that is not there yet.
func newMode(d declared) uint32 {
	if d.mode == nil {
		return 0o644
	}
	return d.mode.Of(0o644, false)
}

func shown(digest gemba.Digest, size int64) string {
	if digest == "" {
		return fmt.Sprintf("%d bytes", size)
	}
	return fmt.Sprintf("%s, %d bytes", digest.Short(), size)
}
