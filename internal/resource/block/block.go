package block

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "block".
func Kind() resource.Kind {
	return resource.Definition[declared, resource.Text]{
		Schema: schema, Check: check, Needs: needs, Lock: resource.LockText,
		Observe: observe, Diff: diff, Apply: apply, Foresee: resource.AsApplied(apply), Together: resource.InOrder(apply),
	}.Kind()
}

// declared is what is declared of a block.
type declared struct {
	Name    string  `json:"name"`
	Path    string  `json:"path"`
	Content *string `json:"content"`
	Marker  string  `json:"marker"`
	After   string  `json:"after"`
	Before  string  `json:"before"`
	Create  bool    `json:"create"`
	Absent  bool    `json:"absent"`

	begin, end string
	lines      []string
	where      resource.Position
}

func check(d *declared) error {
	var err error
	if !path.IsAbs(d.Path) || path.Clean(d.Path) != d.Path {
		return fmt.Errorf("path has to be absolute, without . and .., and is %q", d.Path)
	}
	if d.where, err = resource.ParsePosition(d.After, d.Before); err != nil {
		return err
	}
	if d.Marker == "" {
		d.Marker = "# {mark} gemba {name}"
	}
	if !strings.Contains(d.Marker, "{mark}") || strings.ContainsAny(d.Marker, "\r\n") {
		return errors.New(`marker is one line with {mark} in it, such as "# {mark} {name}"`)
	}
	d.begin = strings.NewReplacer("{mark}", "BEGIN", "{name}", d.Name).Replace(d.Marker)
	d.end = strings.NewReplacer("{mark}", "END", "{name}", d.Name).Replace(d.Marker)
	switch {
	case d.Content == nil && !d.Absent:
		return errors.New("a block that is to be there needs content")
	case d.Absent && (d.Content != nil || d.Create || d.After != "" || d.Before != ""):
		return errors.New("a block that is absent has nothing else than its path and its marker")
	case d.Content != nil:
		d.lines = resource.SplitLines(*d.Content).All
	}
	if slices.Contains(d.lines, d.begin) || slices.Contains(d.lines, d.end) {
		return errors.New("content has a line that is one of its marks; choose another marker")
	}
	return nil
}

func needs(d declared) []resource.Token {
	tokens := append(resource.Parents(d.Path), resource.Path(d.Path))
	return append(tokens, resource.Owning(d.Path)...)
}
