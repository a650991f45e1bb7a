package cron

import (
	"context"
	"fmt"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// fileMode is that of the file. Cron passes over one that others than root may write, and it may hold secrets.
const fileMode = 0o600

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	info, err := resource.Look(sys, d.path())
	o := observed{Info: info}
	if err != nil || info.Type != resource.Regular || d.Absent {
		return o, err
	}
	content, err := sys.ReadFile(d.path())
	o.Content = string(content)
	return o, err
}

func diff(d declared, o observed) resource.Difference {
	switch {
	case d.Absent && o.Type == resource.Absent:
		return resource.Difference{}
	case d.Absent:
		return resource.Difference{Action: gemba.ActionRemove, Diffs: []gemba.Diff{{Attribute: "type", From: string(o.Type)}}}
	}
	var diffs []gemba.Diff
	differ := func(attribute, from, to string) {
		if from != to {
			diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	was := parse(o.Content)
	now := parse(d.text)
	differ("schedule", was.schedule, now.schedule)
	differ("user", was.user, now.user)
	differ("command", was.command, now.command)
	differ("env", was.env, now.env)
	if o.Type == resource.Absent {
		return resource.Difference{Action: gemba.ActionCreate, Diffs: diffs}
	}
	differ("type", string(o.Type), string(resource.Regular))
	if len(diffs) == 0 && o.Content != d.text {
		differ("text", "something more or less", "as written")
	}
	if o.Type == resource.Regular {
		differ("mode", resource.ShowMode(o.Mode), resource.ShowMode(fileMode))
		differ("owner", fmt.Sprintf("%d:%d", o.UID, o.GID), "0:0")
	}
	if len(diffs) == 0 {
		return resource.Difference{}
	}
	return resource.Difference{Action: gemba.ActionUpdate, Diffs: diffs}
}

// job is the first job of a file, for people to compare.
type job struct{ schedule, user, command, env string }

func parse(text string) job {
	var j job
	var env []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		n := 5
		if line[0] == '@' {
			n = 1
		}
		words := strings.Fields(line)
		if name, _, is := strings.Cut(line, "="); is && !strings.ContainsAny(strings.TrimSpace(name), " \t*@") || len(words) < n+2 {
			env = append(env, line)
			continue
		}
		j.schedule, j.user = strings.Join(words[:n], " "), words[n]
		rest := line
		for range n + 1 {
			_, rest = cutField(rest)
		}
		j.command = rest
		break
	}
	j.env = strings.Join(env, ", ")
	return j
}

func cutField(text string) (field, rest string) {
	i := strings.IndexAny(text, " \t")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimLeft(text[i:], " \t")
}

func apply(_ context.Context, sys resource.System, d declared, o observed) error {
	if o.Type == resource.Directory {
		return fmt.Errorf("%s is a directory; remove it first", d.path())
	}
	if d.Absent {
		return sys.Remove(d.path())
	}
	return sys.Write(d.path(), strings.NewReader(d.text), resource.Meta{Mode: fileMode})
}
