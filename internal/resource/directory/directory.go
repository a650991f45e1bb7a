package directory

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "directory".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Among: among, Observe: observe, Diff: diff, Apply: apply, Foresee: resource.AsApplied(apply),
	}.Kind()
}

// declared is what is declared of a directory.
type declared struct {
	Name    string   `json:"name"`
	Mode    string   `json:"mode"`
	Owner   string   `json:"owner"`
	Group   string   `json:"group"`
	Parents bool     `json:"parents"`
	Recurse bool     `json:"recurse"`
	Purge   bool     `json:"purge"`
	Keep    []string `json:"keep"`
	Absent  bool     `json:"absent"`
	Force   bool     `json:"force"`

	mode     *resource.Mode
	children map[string]bool  // names in it that other resources make or need
	below    []resource.Token // the paths of those, where it is absent
}

// observed is what was found.
type observed struct {
	resource.Info
	Path   string   `json:"path"` // that is managed: another one than the name's where a link is followed
	Owner  string   `json:"owner,omitempty"`
	Group  string   `json:"group,omitempty"`
	Names  []string `json:"names,omitempty"`  // in it, where the declaration is about them
	Astray []astray `json:"astray,omitempty"` // below it, what is not as declared
	Above  []string `json:"above,omitempty"`  // what is missing above it and will be made, nearest to the root first
}

// astray is something below that has another mode or owner than declared.
type astray struct {
	resource.Info
	Path string `json:"path"`
}

func check(d *declared) error {
	if d.Mode != "" {
		mode, err := resource.ParseMode(d.Mode)
		if err != nil {
			return err
		}
		d.mode = &mode
	}
	for _, pattern := range d.Keep {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("keep: %q is no pattern of names", pattern)
		}
	}
	meta := d.mode != nil || d.Owner != "" || d.Group != ""
	switch {
	case d.Absent && (meta || d.Parents || d.Recurse || d.Purge):
		return errors.New("what is absent has nothing else")
	case d.Absent && d.Name == "/":
		return errors.New("the root directory cannot be absent")
	case d.Force && !d.Absent:
		return errors.New("force is about removing it: it needs absent")
	case d.Recurse && !meta:
		return errors.New("recurse needs a mode, an owner or a group to hold below")
	case d.Keep != nil && !d.Purge:
		return errors.New("keep says what purge leaves: it needs purge")
	case d.Purge && d.Name == "/":
		return errors.New("the root directory cannot be purged")
	}
	return nil
}

// among finds what is in it for other resources, whatever their kind and their name: purge leaves that, and where the directory
// is absent, what is absent in it goes first.
func among(d *declared, _ []declared, tokens []resource.Token) {
	d.children, d.below = map[string]bool{}, nil
	for _, token := range tokens {
		below, is := strings.CutPrefix(string(token), string(resource.Path(d.Name))+"/")
		if !is {
			below, is = strings.CutPrefix(string(token), string(resource.NoPath(d.Name))+"/")
		}
		if is {
			child, _, _ := strings.Cut(below, "/")
			d.children[child] = true
			d.below = append(d.below, token, resource.NoPath(d.Name+"/"+below))
		}
	}
}

func needs(d declared) []resource.Token {
	if d.Absent {
		return d.below
	}
	tokens := append(resource.Parents(d.Name), resource.Owning(d.Name)...)
	if d.Owner != "" {
		tokens = append(tokens, resource.User(d.Owner))
	}
	if d.Group != "" {
		tokens = append(tokens, resource.Group(d.Group))
	}
	return tokens
}

func provides(d declared) []resource.Token {
	if d.Absent {
		return []resource.Token{resource.NoPath(d.Name)}
	}
	tokens := []resource.Token{resource.Path(d.Name)}
	if d.Parents {
		tokens = append(tokens, resource.Parents(d.Name)...)
	}
	return tokens
}
