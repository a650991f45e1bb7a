// Package sysctl is the resource kind "sysctl": a setting of the kernel.
package sysctl

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

var schema = gemba.Schema{
	Kind: "sysctl", Label: "the key, such as \"net.ipv4.ip_forward\"",
	Meaning: "A setting of the kernel: it holds from the next start on, and at once on a running host.",
	Example: `sysctl "net.ipv4.ip_forward" {
  value = "1"
}`,
	Attributes: []gemba.Attribute{
		{Name: "value", Type: gemba.TypeText, Example: `"1"`, Meaning: "The value. How many blanks are between its parts is no difference."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "Gemba keeps no value of it any more. The running kernel keeps what it has."},
	},
}

// Kind is the resource kind "sysctl".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Observe: observe, Diff: diff, Apply: apply, AtStart: atStart,
	}.Kind()
}

// declared is what is declared of a setting.
type declared struct {
	Name   string  `json:"name"`
	Value  *string `json:"value"`
	Absent bool    `json:"absent"`

	path string // below /proc/sys
	file string // that keeps it
	text string // of the file
}

// observed is what was found.
type observed struct {
	File    resource.Info `json:"file"`
	Content string        `json:"content,omitempty"`
	Live    bool          `json:"live"`
	Known   bool          `json:"known"` // the kernel says the value
	Running string        `json:"running,omitempty"`
}

func check(d *declared) error {
	if strings.ContainsFunc(d.Name, outside) {
		return errors.New("a key is made of letters, digits and the characters . / - _ : of names in /proc/sys")
	}
	swap := strings.NewReplacer(".", "/", "/", ".")
	d.path = d.Name
	if i := strings.IndexAny(d.Name, "./"); i >= 0 && d.Name[i] == '.' { // as sysctl(8): what comes first parts the words
		d.path = swap.Replace(d.Name)
	}
	for part := range strings.SplitSeq(d.path, "/") {
		if strings.Trim(part, ".") == "" {
			return fmt.Errorf("%q is no key of the kernel", d.Name)
		}
	}
	key := swap.Replace(d.path)
	d.file = "/etc/sysctl.d/60-gemba-" + strings.ReplaceAll(key, "/", "_") + ".conf"
	switch {
	case d.Absent && d.Value != nil:
		return errors.New("what is absent has no value")
	case d.Absent:
		return nil
	case d.Value == nil || strings.TrimSpace(*d.Value) == "" || strings.ContainsAny(*d.Value, "\r\n\x00"):
		return errors.New("value is needed, on one line")
	}
	d.text = "# Gemba writes this file; what is changed by hand does not stay.\n" + key + " = " + strings.TrimSpace(*d.Value) + "\n"
	return nil
}

func outside(c rune) bool {
	return !strings.ContainsRune("./-_:", c) && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
}

func needs(d declared) []resource.Token { return resource.Parents(d.file) }

func provides(d declared) []resource.Token { return []resource.Token{resource.Path(d.file)} }

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	var err error
	if o.File, err = resource.Look(sys, d.file); err != nil {
		return o, err
	}
	if o.File.Type == resource.Regular {
		content, err := sys.ReadFile(d.file)
		if err != nil {
			return o, err
		}
		o.Content = string(content)
	}
	if o.Live = sys.Live(); o.Live && !d.Absent {
		o.Running, o.Known = resource.ReadKernel(sys, d.path)
	}
	return o, nil
}

func words(value string) string { return strings.Join(strings.Fields(value), " ") }

// kept is the value that the file keeps.
func kept(content string) string {
	for line := range strings.Lines(content) {
		if _, value, is := strings.Cut(line, "="); is && !strings.HasPrefix(line, "#") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func diff(d declared, o observed) resource.Difference {
	if d.Absent {
		if o.File.Type == resource.Absent {
			return resource.Difference{}
		}
		return resource.Difference{Action: gemba.ActionRemove, Diffs: []gemba.Diff{{Attribute: "kept", From: kept(o.Content)}}}
	}
	difference := resource.Difference{Action: gemba.ActionUpdate}
	if o.Content != d.text {
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "kept", From: kept(o.Content), To: *d.Value})
	}
	switch {
	case o.Live && !o.Known:
		difference.May = "the kernel has no " + d.Name + " yet"
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "running", To: *d.Value})
	case o.Live && words(o.Running) != words(*d.Value):
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "running", From: words(o.Running), To: words(*d.Value)})
	}
	if len(difference.Diffs) == 0 {
		return resource.Difference{}
	}
	if o.File.Type == resource.Absent {
		difference.Action = gemba.ActionCreate
	}
	return difference
}

func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if d.Absent {
		return sys.Remove(d.file)
	}
	if o.Content != d.text {
		if err := sys.Write(d.file, strings.NewReader(d.text), resource.Meta{Mode: 0o644}); err != nil {
			return err
		}
	}
	if !o.Live || o.Known && words(o.Running) == words(*d.Value) {
		return nil
	}
	if err := resource.WriteKernel(ctx, sys, d.path, strings.TrimSpace(*d.Value)); err != nil {
		if !o.Known {
			return fmt.Errorf("the kernel has no %s; a module that has it may have to be loaded before: %w", d.Name, err)
		}
		return err
	}
	return nil
}

// atStart is what a root filesystem leaves to the start of a host.
func atStart(d declared, _ observed) *gemba.Residue {
	if d.Absent {
		return nil
	}
	return &gemba.Residue{What: "the kernel is told when the system starts"}
}
