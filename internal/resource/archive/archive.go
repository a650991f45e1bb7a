package archive

import (
	"errors"
	"fmt"
	"path"
	"regexp"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "archive".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply, Bodies: bodies,
	}.Kind()
}

// declared is what is declared of an archive.
type declared struct {
	Name     string       `json:"name"`
	Content  *gemba.Body  `json:"content"`
	Path     string       `json:"path"`
	Checksum gemba.Digest `json:"checksum"`
	Creates  string       `json:"creates"`
	Strip    int          `json:"strip"`
	Owner    string       `json:"owner"`
	Group    string       `json:"group"`
}

func check(d *declared) error {
	switch {
	case (d.Content == nil) == (d.Path == ""):
		return errors.New("it needs one of source, content and path: where the archive is")
	case d.Content != nil && d.Checksum != "":
		return errors.New("a checksum is for an archive at a path: that of the repository is known")
	case d.Checksum != "" && !regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(string(d.Checksum)):
		return errors.New(`the checksum is "sha256:" and 64 hexadecimal digits`)
	case d.Strip < 0:
		return errors.New("strip is how many directories are left out, and not less than none")
	}
	for _, p := range []string{d.Path, d.Creates} {
		if p != "" && (!path.IsAbs(p) || path.Clean(p) != p) {
			return fmt.Errorf("%q is no absolute path", p)
		}
	}
	return nil
}

// marker says in a directory what was unpacked there.
func (d declared) marker() string { return path.Join(d.Name, ".gemba-archive") }

// wanted is the archive's digest; "" when only the file at the path says it.
func (d declared) wanted() gemba.Digest {
	if d.Content != nil {
		return d.Content.Digest
	}
	return d.Checksum
}

// mark is what the marker says of an archive that was unpacked as declared.
func (d declared) mark(digest gemba.Digest) string {
	return fmt.Sprintf("%s strip=%d\n", digest, d.Strip)
}

func needs(d declared) []resource.Token {
	tokens := append([]resource.Token{resource.Path(d.Name)}, resource.Parents(d.Name)...)
	for _, name := range []string{"tar", "unzip", "xz-utils", "zstd", "bzip2"} {
		tokens = append(tokens, resource.Package(name))
	}
	if d.Path != "" {
		tokens = append(tokens, resource.Path(d.Path))
	}
	if d.Owner != "" {
		tokens = append(tokens, resource.User(d.Owner))
	}
	if d.Group != "" {
		tokens = append(tokens, resource.Group(d.Group))
	}
	return tokens
}

func provides(d declared) []resource.Token {
	tokens := []resource.Token{resource.Path(d.Name)}
	if d.Creates != "" {
		tokens = append(tokens, resource.Path(d.Creates))
	}
	return tokens
}

func bodies(d declared) []gemba.Digest {
	if d.Content == nil {
		return nil
	}
	return []gemba.Digest{d.Content.Digest}
}
