// Package hostname is the resource kind "hostname": what a host calls itself.
package hostname

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

var schema = gemba.Schema{
	Kind: "hostname", Label: "the name that the host has", LabelForm: gemba.LabelName,
	Meaning: "What a host calls itself: in /etc/hostname and, on a running host, at once. A profile has at most one.",
	Example: `hostname "web1" {}`,
}

// Kind is the resource kind "hostname".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Lock: "hostname", Observe: observe, Diff: diff, Apply: apply, AtStart: atStart,
	}.Kind()
}

// declared is what is declared of the name.
type declared struct {
	Name string `json:"name"`
}

// observed is what was found.
type observed struct {
	Text    resource.Text `json:"text"`
	Running string        `json:"running"` // what the kernel says; "" where there is none
}

const (
	file    = "/etc/hostname"
	setting = "kernel/hostname"
)

func check(d *declared) error {
	const most, label = 64, 63 // of the kernel, and of RFC 1123
	if len(d.Name) > most {
		return fmt.Errorf("a host's name has at most %d characters", most)
	}
	for part := range strings.SplitSeq(d.Name, ".") {
		if part == "" || len(part) > label || part[0] == '-' || part[len(part)-1] == '-' || strings.ContainsFunc(part, outside) {
			return errors.New("a host's name is made of letters, digits and -, in parts with dots between them")
		}
	}
	return nil
}

func outside(c rune) bool {
	return c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
}

func observe(_ context.Context, sys resource.System, _ declared) (observed, error) {
	var o observed
	var err error
	if sys.Live() {
		o.Running, _ = resource.ReadKernel(sys, setting)
	}
	o.Text, err = resource.ReadText(sys, file)
	return o, err
}

// kept is the name in the file, as hostname(5) reads it: comments are passed over.
func kept(content string) string {
	for line := range strings.Lines(content) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line
		}
	}
	return ""
}

func diff(d declared, o observed) resource.Difference {
	difference := resource.Difference{Action: gemba.ActionUpdate}
	if was := kept(o.Text.Content); was != d.Name {
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "kept", From: was, To: d.Name})
	}
	if o.Running != "" && o.Running != d.Name {
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "running", From: o.Running, To: d.Name})
	}
	if len(difference.Diffs) == 0 {
		return resource.Difference{}
	}
	return difference
}

func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if kept(o.Text.Content) != d.Name {
		if err := o.Text.Write(sys, d.Name+"\n"); err != nil {
			return err
		}
	}
	if o.Running != "" && o.Running != d.Name {
		return resource.WriteKernel(ctx, sys, setting, d.Name)
	}
	return nil
}

// atStart is what a root filesystem leaves to the start of a host.
func atStart(declared, observed) *gemba.Residue {
	return &gemba.Residue{What: "the kernel is told when the system starts"}
}
