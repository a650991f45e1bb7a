package file

import (
	"errors"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "file".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply, Foresee: resource.AsApplied(apply), Current: current, Bodies: bodies,
	}.Kind()
}

// declared is what is declared of a file.
type declared struct {
	Name     string      `json:"name"`
	Content  *gemba.Body `json:"content"`
	Mode     string      `json:"mode"`
	Owner    string      `json:"owner"`
	Group    string      `json:"group"`
	Validate []string    `json:"validate"`
	Backup   bool        `json:"backup"`
	Link     string      `json:"link"`
	HardLink string      `json:"hard_link"`
	Follow   bool        `json:"follow"`
	Absent   bool        `json:"absent"`

	mode *resource.Mode
}

// observed is what was found.
type observed struct {
	resource.Info
	Path   string       `json:"path"`             // that is managed: another one than the name's where a link is followed
	Digest gemba.Digest `json:"digest,omitempty"` // of the content, where the content is declared
	Owner  string       `json:"owner,omitempty"`
	Group  string       `json:"group,omitempty"`
	Same   bool         `json:"same,omitempty"` // it is the file that the hard link leads to
}

func check(d *declared) error {
	if d.Mode != "" {
		mode, err := resource.ParseMode(d.Mode)
		if err != nil {
			return err
		}
		d.mode = &mode
	}
	whole := d.Content != nil || d.mode != nil || d.Owner != "" || d.Group != "" || d.Validate != nil || d.Follow
	switch {
	case d.Absent && (whole || d.Link != "" || d.HardLink != ""):
		return errors.New("what is absent has nothing else")
	case d.Link != "" && d.HardLink != "":
		return errors.New("link and hard_link exclude each other")
	case d.Link != "" && (d.Content != nil || d.mode != nil || d.Validate != nil || d.Follow):
		return errors.New("a symbolic link has a target, an owner and a group, and nothing else")
	case d.HardLink != "" && whole:
		return errors.New("a hard link is the same file as another one, whose content, mode and owner are declared there")
	case d.Validate != nil && d.Content == nil:
		return errors.New("validate needs a content to try")
	}
	return nil
}

func needs(d declared) []resource.Token {
	tokens := append(resource.Parents(d.Name), resource.Owning(d.Name)...)
	if d.Owner != "" {
		tokens = append(tokens, resource.User(d.Owner))
	}
	if d.Group != "" {
		tokens = append(tokens, resource.Group(d.Group))
	}
	if d.HardLink != "" {
		tokens = append(tokens, resource.Path(d.HardLink))
	}
	return tokens
}

func provides(d declared) []resource.Token { return []resource.Token{resource.Path(d.Name)} }

func bodies(d declared) []gemba.Digest {
	if d.Content == nil {
		return nil
	}
	return []gemba.Digest{d.Content.Digest}
}
