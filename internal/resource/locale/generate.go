package locale

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

func observe(ctx context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	var err error
	if o.List, err = resource.ReadText(sys, "/etc/locale.gen"); err != nil {
		return o, err
	}
	if o.Defaults, err = resource.ReadText(sys, "/etc/default/locale"); err != nil {
		return o, err
	}
	if d.builtIn() {
		o.Generated = true
		return o, nil
	}
	known, err := sys.Cache().Once("locale -a", func() (any, error) {
		return sys.Run(ctx, resource.Command{Argv: []string{"locale", "-a"}})
	})
	if err != nil {
		return o, err
	}
	for line := range strings.Lines(string(known.(resource.Output).Stdout)) {
		o.Generated = o.Generated || plain(strings.TrimSpace(line)) == plain(d.Name)
	}
	return o, nil
}

// plain is a name as the C library compares it: de_DE.UTF-8 is de_DE.utf8.
func plain(name string) string {
	language, charset, _ := strings.Cut(name, ".")
	charset, modifier, modified := strings.Cut(charset, "@")
	charset = strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(charset))
	if modified {
		charset += "@" + modifier
	}
	return language + "." + charset
}

// listed is /etc/locale.gen with the locale in it, or with it as a comment.
func listed(d declared, content string) string {
	if d.builtIn() {
		return content
	}
	l := resource.SplitLines(content)
	want := d.Name + " " + d.Charset
	there, example := false, -1
	for i, line := range l.All {
		bare := strings.TrimSpace(strings.TrimLeft(line, "# \t"))
		name, charset, _ := strings.Cut(bare, " ")
		if charset = strings.TrimSpace(charset); name != d.Name || d.Charset != "" && charset != d.Charset {
			continue
		}
		comment := strings.HasPrefix(strings.TrimSpace(line), "#")
		switch {
		case comment:
			example = i
		case d.Absent:
			l.Set(i, "# "+bare)
		default:
			there = true
		}
	}
	switch {
	case d.Absent || there:
	case example >= 0:
		l.Set(example, want)
	default:
		l.Insert(len(l.All), want)
	}
	return l.String()
}

// lang is /etc/default/locale with the locale as LANG, and the LANG that it has.
func lang(d declared, content string) (after, was string) {
	l := resource.SplitLines(content)
	at := -1
	for i, line := range l.All {
		if value, is := strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(line), "export "), "LANG="); is {
			at, was = i, strings.Trim(value, `"'`)
		}
	}
	switch {
	case was == d.Name:
	case at >= 0:
		l.Set(at, "LANG="+d.Name)
	default:
		l.Insert(len(l.All), "LANG="+d.Name)
	}
	return l.String(), was
}

func diff(d declared, o observed) resource.Difference {
	difference := resource.Difference{Action: gemba.ActionUpdate}
	differ := func(attribute, from, to string) {
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
	}
	if d.Absent && o.Generated {
		difference.Action = gemba.ActionRemove
		differ("generated", "true", "false")
	}
	if !d.Absent && !o.Generated {
		difference.Action = gemba.ActionCreate
		differ("generated", "false", "true")
	}
	if listed(d, o.List.Content) != o.List.Content {
		differ("listed", yes(d.Absent), yes(!d.Absent))
	}
	if d.Default {
		if _, was := lang(d, o.Defaults.Content); was != d.Name {
			differ("default", was, d.Name)
		}
	}
	if len(difference.Diffs) == 0 {
		return resource.Difference{}
	}
	return difference
}

func yes(is bool) string {
	if is {
		return "true"
	}
	return "false"
}

// apply edits the lists as they are now, and generates last: another locale may have come since it was looked at.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	list, err := resource.ReadText(sys, "/etc/locale.gen")
	if err != nil {
		return err
	}
	if after := listed(d, list.Content); after != list.Content {
		if err := list.Write(sys, after); err != nil {
			return err
		}
	}
	if o.Generated == d.Absent {
		_, err := sys.Run(ctx, resource.Command{Argv: []string{"locale-gen"}})
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w; the package locales has it", err)
		}
		if err != nil {
			return err
		}
	}
	if !d.Default {
		return nil
	}
	defaults, err := resource.ReadText(sys, "/etc/default/locale")
	if err != nil {
		return err
	}
	after, was := lang(d, defaults.Content)
	if was == d.Name {
		return nil
	}
	return defaults.Write(sys, after)
}
