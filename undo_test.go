package gemba_test

import (
	"testing"

	"gemba"
)

func TestUndoRestoresFilesAndWhatWasOnlyTold(t *testing.T) {
	file := gemba.Schema{Kind: "file", Files: true}
	unit := gemba.Schema{Kind: "unit", Attributes: []gemba.Attribute{{Name: "content", Body: true}, {Name: "running"}}}
	differs := func(names ...string) gemba.Change {
		c := gemba.Change{Action: gemba.ActionUpdate}
		for _, name := range names {
			c.Diffs = append(c.Diffs, gemba.Diff{Attribute: name})
		}
		return c
	}
	for what, is := range map[string]bool{
		"a file":                   file.Restorable(differs("mode")),
		"the text of a unit":       unit.Restorable(differs("content")),
		"a unit that was told":     unit.Restorable(gemba.Change{Action: gemba.ActionReload}),
		"not that a unit runs":     !unit.Restorable(differs("content", "running")),
		"not what says no details": !unit.Restorable(gemba.Change{Action: gemba.ActionRemove}),
	} {
		if !is {
			t.Error(what)
		}
	}
}
