package authorizedkey

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "authorized_key".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Lock: resource.LockText, Among: among,
		Observe: observe, Diff: diff, Apply: apply, Foresee: resource.AsApplied(apply), Together: resource.InOrder(apply),
	}.Kind()
}

// declared is what is declared of a key.
type declared struct {
	Name      string   `json:"name"`
	User      string   `json:"user"`
	Key       string   `json:"key"`
	Options   *string  `json:"options"`
	Exclusive bool     `json:"exclusive"`
	Keep      []string `json:"keep"`
	Path      string   `json:"path"`
	Absent    bool     `json:"absent"`

	key  key
	keep map[string]bool // the texts of keys that stay
}

// observed is what was found.
type observed struct {
	Account resource.Account `json:"account"` // empty where the user is not there yet
	Path    string           `json:"path"`
	Dir     resource.Info    `json:"dir"`
	File    resource.Info    `json:"file"`
	Content string           `json:"content"`
	Refused string           `json:"refused,omitempty"` // why nothing is written there
}

func check(d *declared) error {
	if err := resource.CheckAccountName(d.User); err != nil {
		return fmt.Errorf("user: %w", err)
	}
	var err error
	if d.key, err = parsePublic(d.Key); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	d.keep = map[string]bool{d.key.text: true}
	for _, text := range d.Keep {
		k, err := parsePublic(text)
		if err != nil {
			return fmt.Errorf("keep: %w", err)
		}
		d.keep[k.text] = true
	}
	switch {
	case d.Path != "" && (!path.IsAbs(d.Path) || path.Clean(d.Path) != d.Path):
		return fmt.Errorf("path has to be absolute, without . and .., and is %q", d.Path)
	case d.Keep != nil && !d.Exclusive:
		return errors.New("keep says what exclusive leaves: it needs exclusive")
	case d.Absent && (d.Options != nil || d.Exclusive):
		return errors.New("a key that lets nobody in has no options, and excludes no other")
	case d.Options != nil && (strings.ContainsAny(*d.Options, "\r\n\x00") || optionsEnd(*d.Options) != len(*d.Options)):
		return errors.New("options are one word: blanks stand only between double quotes")
	}
	return nil
}

// among lets the other keys stay that are declared for the same file: several may be exclusive, and none takes another one out.
func among(d *declared, siblings []declared, _ []resource.Token) {
	for _, other := range siblings {
		if other.User == d.User && other.Path == d.Path && !other.Absent {
			d.keep[other.key.text] = true
		}
	}
}

func needs(d declared) []resource.Token {
	tokens := []resource.Token{resource.User(d.User), resource.Package("openssh-server")}
	if d.Path != "" {
		return append(tokens, append(resource.Parents(d.Path), resource.Path(d.Path))...)
	}
	// Where the home is only the host knows: this is where most are.
	home := "/home/" + d.User
	return append(tokens, resource.Path(home), resource.Path(home+"/.ssh"), resource.Path(home+"/.ssh/authorized_keys"))
}
