package network

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// observed is what was found of an interface's file.
type observed struct {
	File   string `json:"file,omitempty"`
	Is     bool   `json:"is,omitempty"`
	Loaded string `json:"loaded,omitempty"` // what networkd was last told to read
}

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	for _, one := range []struct {
		path string
		to   *string
	}{{d.file(), &o.File}, {d.record(), &o.Loaded}} {
		text, err := sys.ReadFile(one.path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return o, fmt.Errorf("reading %s: %w", one.path, err)
		}
		*one.to = string(text)
		o.Is = o.Is || err == nil && one.path == d.file()
	}
	return o, nil
}

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	var diffs []gemba.Diff
	differ := func(attribute, from, to string) {
		diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
	}
	action := gemba.ActionUpdate
	switch {
	case d.Absent && !o.Is && o.Loaded == "":
		return resource.Difference{}
	case d.Absent:
		action = gemba.ActionRemove
		differ("file", d.file(), "")
	case o.File == d.text() && o.Loaded == d.text():
		return resource.Difference{}
	case o.File == d.text():
		differ("loaded", "before the file was written", "as the file says")
	default:
		if !o.Is {
			action = gemba.ActionCreate
		}
		found, want := byAttribute(parse(o.File)), byAttribute(d.lines())
		for _, a := range schema.Attributes {
			if found[a.Name] != want[a.Name] {
				differ(a.Name, found[a.Name], want[a.Name])
			}
		}
		if diffs == nil {
			differ("file", "another text", "as declared")
		}
	}
	return resource.Difference{Action: action, Diffs: diffs}
}

// parse reads the settings of a file that are ours; others are passed over.
func parse(text string) []setting {
	var lines []setting
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, is := strings.CutPrefix(line, "["); is {
			section = strings.TrimSuffix(name, "]")
			continue
		}
		key, value, found := strings.Cut(line, "=")
		attribute := map[string]string{
			"Link MTUBytes": "mtu", "Network DHCP": "dhcp", "Network Address": "address", "Network Gateway": "gateway", "Network DNS": "dns",
			"Network Domains": "domains", "Route Destination": "routes", "Route Gateway": "routes",
		}[section+" "+key]
		if found && attribute != "" {
			lines = append(lines, setting{section, key, value, attribute})
		}
	}
	return lines
}

// byAttribute joins the values of each attribute, for people.
func byAttribute(lines []setting) map[string]string {
	joined := map[string]string{}
	for _, s := range lines {
		between := ", "
		switch {
		case joined[s.attribute] == "":
			between = ""
		case s.section == "Route" && s.key == "Gateway":
			between = " via "
		}
		joined[s.attribute] += between + s.value
	}
	return joined
}
