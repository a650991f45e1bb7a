package line

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "line".
func Kind() resource.Kind {
	return resource.Definition[declared, resource.Text]{
		Schema: schema, Check: check, Needs: needs, Lock: resource.LockText,
		Observe: observe, Diff: diff, Apply: apply, Foresee: resource.AsApplied(apply), Together: resource.InOrder(apply),
	}.Kind()
}

// declared is what is declared of a line.
type declared struct {
	Name   string  `json:"name"`
	Path   string  `json:"path"`
	Line   *string `json:"line"`
	Match  string  `json:"match"`
	After  string  `json:"after"`
	Before string  `json:"before"`
	Create bool    `json:"create"`
	Absent bool    `json:"absent"`

	match *regexp.Regexp
	where resource.Position
}

func check(d *declared) error {
	var err error
	if !path.IsAbs(d.Path) || path.Clean(d.Path) != d.Path {
		return fmt.Errorf("path has to be absolute, without . and .., and is %q", d.Path)
	}
	if d.Match != "" {
		if d.match, err = regexp.Compile(d.Match); err != nil {
			return fmt.Errorf("match: %w", err)
		}
	}
	if d.where, err = resource.ParsePosition(d.After, d.Before); err != nil {
		return err
	}
	switch {
	case d.Line == nil && !d.Absent:
		return errors.New("a line that is to be there needs line")
	case d.Line == nil && d.match == nil:
		return errors.New("a line that is to be absent needs line or match")
	case d.Line != nil && strings.ContainsAny(*d.Line, "\r\n\x00"):
		return errors.New("line is one line, without its end; several are a block")
	case d.Absent && (d.Create || d.After != "" || d.Before != ""):
		return errors.New("a line that is absent has no place, and no file is made for it")
	}
	return nil
}

func needs(d declared) []resource.Token {
	tokens := append(resource.Parents(d.Path), resource.Path(d.Path))
	return append(tokens, resource.Owning(d.Path)...)
}
