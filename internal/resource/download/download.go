package download

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "download".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply,
	}.Kind()
}

// declared is what is declared of a download.
type declared struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	Checksum string `json:"checksum"`
	Mode     string `json:"mode"`
	Owner    string `json:"owner"`
	Group    string `json:"group"`

	mode *resource.Mode
}

func check(d *declared) error {
	if d.Mode != "" {
		mode, err := resource.ParseMode(d.Mode)
		if err != nil {
			return err
		}
		d.mode = &mode
	}
	d.Checksum = strings.ToLower(d.Checksum)
	if !regexp.MustCompile(`^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$`).MatchString(d.Checksum) {
		return errors.New(`the checksum is "sha256:" and 64 hexadecimal digits, or "sha512:" and 128`)
	}
	scheme, rest, found := strings.Cut(d.URL, "://")
	switch {
	case !found || rest == "" || scheme != "http" && scheme != "https" && scheme != "file":
		return errors.New("the url begins with https://, http:// or file://")
	case strings.ContainsFunc(d.URL, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return errors.New("the url holds a space or a control character; write it as %20 and the like")
	case scheme == "file" && (!path.IsAbs(rest) || path.Clean(rest) != rest):
		return fmt.Errorf("%q is no absolute path on the host", rest)
	}
	return nil
}

// local is the path of a url that names a file of the host; "" for any other.
func (d declared) local() string {
	p, _ := strings.CutPrefix(d.URL, "file://")
	if p == d.URL {
		return ""
	}
	return p
}

func needs(d declared) []resource.Token {
	tokens := append(resource.Parents(d.Name), resource.Owning(d.Name)...)
	if at := d.local(); at != "" {
		tokens = append(tokens, resource.Path(at))
	} else {
		for _, name := range []string{"curl", "wget", "ca-certificates"} {
			tokens = append(tokens, resource.Package(name))
		}
	}
	if d.Owner != "" {
		tokens = append(tokens, resource.User(d.Owner))
	}
	if d.Group != "" {
		tokens = append(tokens, resource.Group(d.Group))
	}
	return tokens
}

func provides(d declared) []resource.Token { return []resource.Token{resource.Path(d.Name)} }
