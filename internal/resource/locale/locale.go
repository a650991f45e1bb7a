package locale

import (
	"errors"
	"fmt"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "locale".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Lock: "locale",
		Observe: observe, Diff: diff, Apply: apply,
	}.Kind()
}

// declared is what is declared of a locale.
type declared struct {
	Name    string `json:"name"`
	Charset string `json:"charset"`
	Default bool   `json:"default"`
	Absent  bool   `json:"absent"`
}

// observed is what was found.
type observed struct {
	Generated bool          `json:"generated"`
	List      resource.Text `json:"list"`     // /etc/locale.gen: what is to be generated
	Defaults  resource.Text `json:"defaults"` // /etc/default/locale
}

func check(d *declared) error {
	if strings.ContainsFunc(d.Name, outside) || d.Name == "" || d.Name[0] == '-' {
		return errors.New(`a locale is written as "de_DE.UTF-8"`)
	}
	if d.builtIn() {
		if d.Absent || d.Charset != "" {
			return fmt.Errorf("%s is in every host: it cannot be absent, and has no charset", d.Name)
		}
		return nil
	}
	if d.Absent && d.Default {
		return errors.New("what is absent cannot be the default")
	}
	base, _, _ := strings.Cut(d.Name, "@")
	_, named, _ := strings.Cut(base, ".")
	switch {
	case d.Absent && d.Charset == "":
		d.Charset = named // which may be none: then it is whatever the host has
	case d.Charset == "" && named == "":
		return fmt.Errorf("%s says no encoding; write charset, or a name with it such as %q", d.Name, d.Name+".UTF-8")
	case d.Charset == "":
		d.Charset = named
	case strings.ContainsFunc(d.Charset, outside):
		return fmt.Errorf("%q is no encoding", d.Charset)
	}
	return nil
}

func outside(c rune) bool {
	return !strings.ContainsRune("._@-", c) && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
}

// builtIn reports whether the C library has it in itself.
func (d declared) builtIn() bool { return d.Name == "C" || d.Name == "POSIX" || d.Name == "C.UTF-8" }

func needs(d declared) []resource.Token {
	if d.builtIn() {
		return nil
	}
	return []resource.Token{resource.Package("locales")}
}
