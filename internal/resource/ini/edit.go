package ini

import (
	"context"
	"fmt"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

func observe(_ context.Context, sys resource.System, d declared) (resource.Text, error) {
	return resource.ReadText(sys, d.Path)
}

// setting is where a key stands: its lines are [from, to), more than one where the value goes on.
type setting struct {
	from, to int
	value    string
}

// found is what a text has of a declaration.
type found struct {
	settings []setting
	sections [][2]int // [head, end) of every section of the name; the head of what comes before all sections is -1
	example  int      // the line of a comment that holds the setting; -1: none
}

func look(d declared, lines []string) found {
	f := found{example: -1}
	inside := d.Section == ""
	if inside {
		f.sections = [][2]int{{-1, len(lines)}}
	}
	for i := 0; i < len(lines); i++ {
		if name, head := header(lines[i]); head {
			if inside {
				f.sections[len(f.sections)-1][1] = i
			}
			if inside = name == d.Section; inside {
				f.sections = append(f.sections, [2]int{i, len(lines)})
			}
			continue
		}
		if !inside || d.Key == "" {
			continue
		}
		trimmed := strings.TrimSpace(lines[i])
		if comment := strings.TrimLeft(trimmed, "#; \t"); comment != trimmed {
			if key, _ := d.split(comment); key == d.Key {
				f.example = i
			}
			continue
		}
		if key, value := d.split(trimmed); key == d.Key {
			s := setting{i, i + 1, value}
			for s.to < len(lines) && continues(lines[i], lines[s.to]) {
				s.value += "\n" + strings.TrimSpace(lines[s.to])
				s.to++
			}
			f.settings = append(f.settings, s)
			i = s.to - 1
		}
	}
	return f
}

func header(line string) (string, bool) {
	rest, opens := strings.CutPrefix(strings.TrimSpace(line), "[")
	name, tail, closes := strings.Cut(rest, "]")
	tail = strings.TrimSpace(tail)
	return strings.TrimSpace(name), opens && closes && (tail == "" || tail[0] == '#' || tail[0] == ';')
}

// split takes a line apart. A key without a separator has no value.
func (d declared) split(line string) (key, value string) {
	if bare := strings.TrimSpace(d.Separator); bare != "" {
		key, value, _ = strings.Cut(line, bare)
	} else if i := strings.IndexAny(line, " \t"); i >= 0 {
		key, value = line[:i], line[i:]
	} else {
		key = line
	}
	return strings.TrimSpace(key), strings.TrimSpace(value)
}

// continues reports whether a line goes on with the value of the one before: it stands further to the right, as in the files
// that Python reads, and is neither empty nor a comment.
func continues(first, next string) bool {
	trimmed := strings.TrimSpace(next)
	return trimmed != "" && trimmed[0] != '#' && trimmed[0] != ';' && trimmed[0] != '[' && indent(next) > indent(first)
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// edited is the text as it is declared, and the value that it has.
func edited(d declared, content string) (after, was string) {
	l := resource.SplitLines(content)
	f := look(d, l.All)
	if n := len(f.settings); n > 0 {
		was = f.settings[n-1].value
	}
	switch {
	case d.Absent && d.Key == "":
		for i := len(f.sections) - 1; i >= 0; i-- {
			l.Delete(f.sections[i][0], f.sections[i][1])
		}
		if len(f.sections) > 0 {
			was = "[" + d.Section + "]"
		}
	case d.Absent:
		for i := len(f.settings) - 1; i >= 0; i-- {
			l.Delete(f.settings[i].from, f.settings[i].to)
		}
	case len(f.settings) > 0:
		last := f.settings[len(f.settings)-1]
		if last.value == *d.Value {
			return content, was
		}
		l.All[last.from] = l.All[last.from][:indent(l.All[last.from])] + d.written(l.All[last.from])
		l.Delete(last.from+1, last.to)
	case len(f.sections) > 0:
		at := place(f, l.All)
		l.Insert(at, d.Key+d.Separator+*d.Value)
	default:
		var lines []string
		if n := len(l.All); n > 0 && strings.TrimSpace(l.All[n-1]) != "" {
			lines = append(lines, "")
		}
		l.Insert(len(l.All), append(lines, "["+d.Section+"]", d.Key+d.Separator+*d.Value)...)
	}
	return l.String(), was
}

// written is a setting in the place of an old one, with the spaces around the separator that the old one has.
func (d declared) written(old string) string {
	bare := strings.TrimSpace(d.Separator)
	trimmed := strings.TrimSpace(old)
	i := strings.Index(trimmed, bare)
	if bare == "" || i < 0 {
		return d.Key + d.Separator + *d.Value
	}
	rest := trimmed[i+len(bare):]
	if rest == "" {
		return d.Key + d.Separator + *d.Value
	}
	return trimmed[:i+len(bare)] + rest[:indent(rest)] + *d.Value
}

// place is where a new setting comes: after the comment that shows it, or at the end of the last section of the name, before
// the empty lines in front of the next.
func place(f found, lines []string) int {
	section := f.sections[len(f.sections)-1]
	if f.example >= 0 {
		at := f.example + 1
		for at < len(lines) && continues("", lines[at]) {
			at++ // it would be read as a part of the new value
		}
		return at
	}
	at := section[1]
	for at > section[0]+1 && strings.TrimSpace(lines[at-1]) == "" {
		at--
	}
	return at
}

func diff(d declared, t resource.Text) resource.Difference {
	after, was := edited(d, t.Content)
	if after == t.Content {
		return resource.Difference{}
	}
	one := gemba.Diff{Attribute: "value", From: was}
	difference := resource.Difference{Action: gemba.ActionUpdate}
	if d.Absent {
		difference.Action = gemba.ActionRemove
	} else {
		one.To = *d.Value
	}
	if t.Type == resource.Absent {
		difference.Action = gemba.ActionCreate
		if !d.Create {
			difference.May = d.Path + " is not there yet"
		}
	}
	difference.Diffs = []gemba.Diff{one}
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
	after, _ := edited(d, t.Content)
	if after == t.Content {
		return nil
	}
	return t.Write(sys, after)
}
