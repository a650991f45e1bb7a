// Package timezone is the resource kind "timezone": the time that a host's
// clocks show.
package timezone

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

var schema = gemba.Schema{
	Kind: "timezone", Label: "the name of the zone, such as \"Europe/Berlin\"",
	Files:   true,
	Meaning: "The time that a host's clocks show: where /etc/localtime leads, and what /etc/timezone says where that file is. Programs that run keep theirs until they are started again. A profile has at most one.",
	Example: `timezone "Etc/UTC" {}`,
}

// Kind is the resource kind "timezone".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Lock: "timezone", Observe: observe, Diff: diff, Apply: apply,
	}.Kind()
}

// declared is what is declared of the zone.
type declared struct {
	Name string `json:"name"`
}

// observed is what was found.
type observed struct {
	Local resource.Info `json:"local"`
	Text  resource.Text `json:"text"`
}

const (
	local = "/etc/localtime"
	text  = "/etc/timezone"
	zones = "/usr/share/zoneinfo/"
)

func check(d *declared) error {
	if path.Clean("/"+d.Name) != "/"+d.Name || strings.ContainsAny(d.Name, " \t\r\n") {
		return errors.New(`a zone is written as in the list of timedatectl, such as "Europe/Berlin"`)
	}
	return nil
}

func needs(declared) []resource.Token { return []resource.Token{resource.Package("tzdata")} }

func observe(_ context.Context, sys resource.System, _ declared) (observed, error) {
	var o observed
	var err error
	if o.Local, err = resource.Look(sys, local); err != nil {
		return o, err
	}
	o.Text, err = resource.ReadText(sys, text)
	return o, err
}

// zone is the name of the zone that the link leads to; "" when it leads to none, or is no link.
func (o observed) zone() string {
	target := o.Local.Target
	if target != "" && !path.IsAbs(target) {
		target = path.Join("/etc", target)
	}
	name, is := strings.CutPrefix(path.Clean(target), zones)
	if !is {
		return ""
	}
	return name
}

// said is what /etc/timezone says. A file that is not there says nothing, and is not missed.
func (o observed) said(d declared) string {
	if o.Text.Type == resource.Absent {
		return d.Name
	}
	return strings.TrimSpace(o.Text.Content)
}

func diff(d declared, o observed) resource.Difference {
	difference := resource.Difference{Action: gemba.ActionUpdate}
	if was := o.zone(); was != d.Name {
		if was == "" {
			was = string(o.Local.Type)
		}
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "zone", From: was, To: d.Name})
	}
	if said := o.said(d); said != d.Name {
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: text, From: said, To: d.Name})
	}
	if len(difference.Diffs) == 0 {
		return resource.Difference{}
	}
	return difference
}

func apply(_ context.Context, sys resource.System, d declared, o observed) error {
	if info, err := sys.Stat(zones + d.Name); err != nil || info.Type != resource.Regular {
		return fmt.Errorf("the host knows no zone %q (%s%s is no file); install tzdata, or write it as timedatectl lists it", d.Name, zones, d.Name)
	}
	if o.zone() != d.Name {
		if err := sys.Symlink(zones+d.Name, local); err != nil {
			return err
		}
	}
	if o.said(d) != d.Name {
		return o.Text.Write(sys, d.Name+"\n")
	}
	return nil
}
