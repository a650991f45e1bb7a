package mount

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "mount".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: resource.LockText,
		Observe: observe, Diff: diff, Apply: apply, AtStart: atStart,
	}.Kind()
}

// declared is what is declared of a mount.
type declared struct {
	Name    string `json:"name"`
	Device  string `json:"device"`
	Type    string `json:"type"`
	Options string `json:"options"`
	Dump    *int   `json:"dump"`
	Pass    *int   `json:"pass"`
	Mounted *bool  `json:"mounted"`
	Absent  bool   `json:"absent"`
}

// observed is what was found.
type observed struct {
	Text    resource.Text   `json:"text"`
	Line    *resource.Mount `json:"line"` // nil: there is none
	Live    bool            `json:"live"`
	Mounted bool            `json:"mounted"`
}

func check(d *declared) error {
	if d.Absent {
		if d.Device != "" || d.Type != "" || d.Options != "" || d.Dump != nil || d.Pass != nil || d.Mounted != nil {
			return errors.New("what is absent has nothing else")
		}
		if d.Name == "/" {
			return errors.New("the root file system cannot be absent")
		}
		return nil
	}
	switch {
	case d.Device == "" || d.Type == "":
		return errors.New("a mount needs device and type")
	case strings.HasPrefix(d.Device, "#") || strings.HasPrefix(d.Device, "-"):
		return fmt.Errorf("%q is no device", d.Device)
	case strings.ContainsAny(d.Type+d.Options, " \t\r\n\x00") || strings.ContainsAny(d.Device, "\r\n\x00"):
		return errors.New("type and options have no blanks in them, and device is on one line")
	case d.Type == "swap":
		return errors.New("swap is not mounted; there is the kind swap for it")
	case d.Dump != nil && *d.Dump < 0 || d.Pass != nil && (*d.Pass < 0 || *d.Pass > 9):
		return errors.New("dump and pass are small numbers")
	case d.Mounted != nil && !*d.Mounted && d.Name == "/":
		return errors.New("the root file system cannot be unmounted")
	}
	return nil
}

func needs(d declared) []resource.Token {
	tokens := append(resource.Parents(d.Name), resource.Path(d.Name))
	if strings.HasPrefix(d.Device, "/") {
		tokens = append(tokens, resource.Path(d.Device))
	}
	switch {
	case strings.HasPrefix(d.Type, "nfs"):
		tokens = append(tokens, resource.Package("nfs-common"))
	case d.Type == "cifs":
		tokens = append(tokens, resource.Package("cifs-utils"))
	}
	return tokens
}

func provides(d declared) []resource.Token {
	if d.Absent || d.Mounted == nil || !*d.Mounted {
		return nil
	}
	return []resource.Token{resource.Path(d.Name)}
}

// wanted is the line as declared: what is not declared of one that is there stays.
func (d declared) wanted(line *resource.Mount) resource.Mount {
	want := resource.Mount{Path: d.Name, Options: "defaults", Dump: "0", Pass: "0"}
	if line != nil {
		want = *line
	}
	want.Device, want.Type = d.Device, d.Type
	if d.Options != "" {
		want.Options = d.Options
	}
	if d.Dump != nil {
		want.Dump = strconv.Itoa(*d.Dump)
	}
	if d.Pass != nil {
		want.Pass = strconv.Itoa(*d.Pass)
	}
	return want
}

// atStart is what a root filesystem leaves to the start of a host.
func atStart(d declared, _ observed) *gemba.Residue {
	if d.Absent || d.Mounted != nil && !*d.Mounted {
		return nil
	}
	return &gemba.Residue{What: "it is mounted when the system starts"}
}
