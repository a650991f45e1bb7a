package block

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

func observe(_ context.Context, sys resource.System, d declared) (resource.Text, error) {
	return resource.ReadText(sys, d.Path)
}

// find is where the marks are; -1 for one that is not there.
func find(d declared, lines []string) (begin, end int) {
	begin = slices.Index(lines, d.begin)
	end = slices.Index(lines[max(begin, 0):], d.end)
	if end >= 0 {
		end += max(begin, 0)
	}
	return begin, end
}

// broken says what is wrong with marks of which one is missing: where such a block would end nobody knows.
func broken(d declared, lines []string) error {
	begin, end := find(d, lines)
	if (begin < 0) == (end < 0) {
		return nil
	}
	left, missing := d.begin, d.end
	if begin < 0 {
		left, missing = d.end, d.begin
	}
	return fmt.Errorf("%s has the line %q and none that is %q: put it back, or take the other one out", d.Path, left, missing)
}

// edited is the text as it is declared, and what was between the marks.
func edited(d declared, content string) (after string, was []string, there bool) {
	l := resource.SplitLines(content)
	begin, end := find(d, l.All)
	there = begin >= 0 && end >= 0
	if there {
		was = slices.Clone(l.All[begin+1 : end])
	}
	switch {
	case d.Absent && there:
		l.Delete(begin, end+1)
	case d.Absent || there && slices.Equal(was, d.lines):
		return content, was, there
	case there:
		l.Delete(begin+1, end)
		l.Insert(begin+1, d.lines...)
	default:
		l.Insert(d.where.In(l.All), slices.Concat([]string{d.begin}, d.lines, []string{d.end})...)
	}
	return l.String(), was, there
}

func diff(d declared, t resource.Text) resource.Difference {
	if err := broken(d, resource.SplitLines(t.Content).All); err != nil {
		return resource.Difference{Action: gemba.ActionUpdate, Diffs: []gemba.Diff{{Attribute: "marker", From: "only one of two", To: "both or none"}}}
	}
	after, was, there := edited(d, t.Content)
	if after == t.Content {
		return resource.Difference{}
	}
	shown := gemba.Diff{Attribute: "content", From: strings.Join(was, "\n"), To: strings.Join(d.lines, "\n")}
	if !there {
		shown.From = ""
	}
	difference := resource.Difference{Action: gemba.ActionUpdate, Diffs: []gemba.Diff{shown}}
	switch {
	case d.Absent:
		difference.Action = gemba.ActionRemove
	case t.Type == resource.Absent:
		difference.Action = gemba.ActionCreate
		if !d.Create {
			difference.May = d.Path + " is not there yet"
		}
	}
	return difference
}

// apply edits the text as it is now: another resource may have changed it since it was looked at.
func apply(_ context.Context, sys resource.System, d declared, _ resource.Text) error {
	t, err := resource.ReadText(sys, d.Path)
	if err != nil {
		return err
	}
	if t.Type == resource.Absent && !d.Create && !d.Absent {
		return fmt.Errorf("there is no %s; write create = true to have it made", d.Path)
	}
	if err := broken(d, resource.SplitLines(t.Content).All); err != nil {
		return err
	}
	after, _, _ := edited(d, t.Content)
	if after == t.Content {
		return nil
	}
	return t.Write(sys, after)
}
