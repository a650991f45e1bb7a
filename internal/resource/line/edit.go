package line

import (
	"context"
	"fmt"

	"gemba"
	"gemba/internal/resource"
)

func observe(_ context.Context, sys resource.System, d declared) (resource.Text, error) {
	return resource.ReadText(sys, d.Path)
}

// edited is the text as it is declared, with what is taken out and what is put in.
func edited(d declared, content string) (after string, out, in []string) {
	l := resource.SplitLines(content)
	if d.Absent {
		for i := len(l.All) - 1; i >= 0; i-- {
			if d.unwanted(l.All[i]) {
				out = append([]string{l.All[i]}, out...)
				l.Delete(i, i+1)
			}
		}
		return l.String(), out, nil
	}
	exact, last := false, -1
	for i, line := range l.All {
		exact = exact || line == *d.Line
		if d.match != nil && d.match.MatchString(line) {
			last = i
		}
	}
	switch {
	case last >= 0 && l.All[last] == *d.Line:
		return content, nil, nil
	case exact && (last < 0 || !d.match.MatchString(*d.Line)):
		return content, nil, nil // it is there, and every further replacement would make another one of it
	case last >= 0:
		out = []string{l.All[last]}
		l.Set(last, *d.Line)
	default:
		l.Insert(d.where.In(l.All), *d.Line)
	}
	return l.String(), out, []string{*d.Line}
}

func (d declared) unwanted(line string) bool {
	if d.match != nil {
		return d.match.MatchString(line)
	}
	return line == *d.Line
}

// diff shows the lines that go and come.
func diff(d declared, t resource.Text) resource.Difference {
	after, out, in := edited(d, t.Content)
	if after == t.Content {
		return resource.Difference{}
	}
	difference := resource.Difference{Action: gemba.ActionUpdate}
	for i := range max(len(out), len(in)) {
		one := gemba.Diff{Attribute: "line"}
		if i < len(out) {
			one.From = out[i]
		}
		if i < len(in) {
			one.To = in[i]
		}
		difference.Diffs = append(difference.Diffs, one)
	}
	if t.Type == resource.Absent {
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
	after, _, _ := edited(d, t.Content)
	if after == t.Content {
		return nil
	}
	return t.Write(sys, after)
}
