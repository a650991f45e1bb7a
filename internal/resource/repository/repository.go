package repository

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "repository".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: "apt",
		Observe: observe, Diff: diff, Apply: apply, Bodies: bodies,
	}.Kind()
}

// declared is what is declared of a repository.
type declared struct {
	Name          string      `json:"name"`
	URIs          []string    `json:"uris"`
	Suites        []string    `json:"suites"`
	Components    []string    `json:"components"`
	Architectures []string    `json:"architectures"`
	Types         []string    `json:"types"`
	Key           *gemba.Body `json:"key"`
	SignedBy      string      `json:"signed_by"`
	Enabled       *bool       `json:"enabled"`
	Absent        bool        `json:"absent"`
}

func check(d *declared) error {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`).MatchString(d.Name) {
		return fmt.Errorf("apt passes over a file of the name %q: letters, digits, '_', '-' and '.'", d.Name)
	}
	if d.Absent {
		if d.URIs != nil || d.Suites != nil || d.Components != nil || d.Architectures != nil || d.Key != nil || d.SignedBy != "" {
			return errors.New("what is absent has nothing else")
		}
		return nil
	}
	if d.Types == nil {
		d.Types = []string{"deb"}
	}
	for _, f := range d.fields("") {
		for _, word := range strings.Split(f.value, " ") {
			if word == "" && f.value != "" || strings.ContainsAny(word, "\t\r\n\x00") {
				return fmt.Errorf("%s holds an empty word, or one with a space", f.attribute)
			}
		}
	}
	for _, t := range d.Types {
		if t != "deb" && t != "deb-src" {
			return fmt.Errorf("%q is no type of a repository: \"deb\" or \"deb-src\"", t)
		}
	}
	flat := 0
	for _, s := range d.Suites {
		if strings.HasSuffix(s, "/") {
			flat++
		}
	}
	switch {
	case len(d.URIs) == 0:
		return errors.New("it needs uris: where it is")
	case len(d.Suites) == 0:
		return errors.New("it needs suites")
	case flat > 0 && (flat < len(d.Suites) || d.Components != nil):
		return errors.New("a suite that ends with a '/' has no components, and stands alone or among its like")
	case flat == 0 && len(d.Components) == 0:
		return errors.New(`it needs components, such as ["main"], unless its suites end with a '/'`)
	case d.Key != nil && d.SignedBy != "":
		return errors.New("key and signed_by exclude each other")
	case d.SignedBy != "" && !path.IsAbs(d.SignedBy):
		return errors.New("signed_by is the path of a file on the host")
	}
	return nil
}

const keyrings = "/etc/apt/keyrings"

// file is where apt is told of the repository.
func (d declared) file() string { return path.Join("/etc/apt/sources.list.d", d.Name+".sources") }

// keys are where its key may be: apt takes the form of a key from its ending.
func (d declared) keys() []string {
	return []string{path.Join(keyrings, d.Name+".asc"), path.Join(keyrings, d.Name+".gpg")}
}

// field is one line of a deb822 file, and the attribute that it comes from.
type field struct{ key, attribute, value string }

// fields are the lines of the repository's file, in their order; those that are empty are left out of it. key is where the key is.
func (d declared) fields(key string) []field {
	enabled := ""
	if d.Enabled != nil && !*d.Enabled {
		enabled = "no"
	}
	if d.SignedBy != "" {
		key = d.SignedBy
	}
	return []field{
		{"Types", "types", strings.Join(d.Types, " ")},
		{"URIs", "uris", strings.Join(d.URIs, " ")},
		{"Suites", "suites", strings.Join(d.Suites, " ")},
		{"Components", "components", strings.Join(d.Components, " ")},
		{"Architectures", "architectures", strings.Join(d.Architectures, " ")},
		{"Signed-By", "signed_by", key},
		{"Enabled", "enabled", enabled},
	}
}

// text is the repository's file.
func (d declared) text(key string) string {
	var b strings.Builder
	for _, f := range d.fields(key) {
		if f.value != "" {
			b.WriteString(f.key + ": " + f.value + "\n")
		}
	}
	return b.String()
}

// needs are the packages that a repository is fetched with, and the key that is on the host.
func needs(d declared) []resource.Token {
	tokens := append(resource.Parents(d.file()), resource.Parents(d.keys()[0])...)
	for _, name := range []string{"apt", "ca-certificates", "gnupg", "gpg", "apt-transport-https", "debian-archive-keyring"} {
		tokens = append(tokens, resource.Package(name))
	}
	if d.SignedBy != "" {
		tokens = append(tokens, resource.Path(d.SignedBy))
	}
	return tokens
}

// provides is what every package needs.
func provides(d declared) []resource.Token {
	return []resource.Token{"repositories", resource.Path(d.file())}
}

func bodies(d declared) []gemba.Digest {
	if d.Key == nil {
		return nil
	}
	return []gemba.Digest{d.Key.Digest}
}
