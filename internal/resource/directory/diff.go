package directory

import (
	"fmt"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	if d.Absent {
		return absence(d, o)
	}
	if o.Type == resource.Absent {
		return resource.Difference{Action: gemba.ActionCreate, Diffs: made(d, o)}
	}
	if o.Type != resource.Directory {
		return resource.Difference{Action: gemba.ActionUpdate, Diffs: []gemba.Diff{{Attribute: "type", From: string(o.Type), To: string(resource.Directory)}}}
	}
	var diffs []gemba.Diff
	if d.mode != nil {
		if mode := d.mode.Of(o.Mode, true); mode != o.Mode {
			diffs = append(diffs, gemba.Diff{Attribute: "mode", From: resource.ShowMode(o.Mode), To: resource.ShowMode(mode)})
		}
	}
	diffs = append(diffs, resource.DiffOwner(d.Owner, d.Group, o.Info, o.Owner, o.Group)...)
	surplus := o.surplus(d)
	for _, name := range o.Names {
		if surplus[name] {
			diffs = append(diffs, gemba.Diff{Attribute: "purge", From: name})
		}
	}
	if n := len(o.Astray); n > 0 {
		diffs = append(diffs, gemba.Diff{Attribute: "recurse", From: some(o.Astray), To: "as declared"})
	}
	if len(diffs) == 0 {
		return resource.Difference{}
	}
	return resource.Difference{Action: gemba.ActionUpdate, Diffs: diffs}
}

// some names the first of what is below and counts the rest.
func some(all []astray) string {
	const shown = 5
	var names []string
	for _, a := range all[:min(len(all), shown)] {
		names = append(names, a.Path)
	}
	text := strings.Join(names, ", ")
	if more := len(all) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func absence(d declared, o observed) resource.Difference {
	if o.Type == resource.Absent {
		return resource.Difference{}
	}
	from := string(o.Type)
	if n := len(o.Names); n > 0 {
		from = fmt.Sprintf("directory with %d in it", n)
	}
	return resource.Difference{Action: gemba.ActionRemove, Diffs: []gemba.Diff{{Attribute: "type", From: from}}}
}

// made is what a directory that is not there will have.
func made(d declared, o observed) []gemba.Diff {
	diffs := []gemba.Diff{{Attribute: "mode", To: resource.ShowMode(newMode(d))}}
	for _, owner := range []gemba.Diff{{Attribute: "owner", To: d.Owner}, {Attribute: "group", To: d.Group}} {
		if owner.To != "" {
			diffs = append(diffs, owner)
		}
	}
	if len(o.Above) > 0 {
		diffs = append(diffs, gemba.Diff{Attribute: "parents", To: strings.Join(o.Above, ", ")})
	}
	return diffs
}

func newMode(d declared) uint32 {
	if d.mode == nil {
		return 0o755
	}
	return d.mode.Of(0o755, true)
}
