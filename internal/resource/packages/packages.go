package packages

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "package".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: "apt",
		Observe: observe, Diff: diff, Apply: apply, Warm: warm, Together: together,
	}.Kind()
}

// declared is what is declared of a package.
type declared struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Hold       *bool  `json:"hold"`
	Recommends bool   `json:"recommends"`
	Source     string `json:"source"`
	Absent     bool   `json:"absent"`
	Purge      bool   `json:"purge"`
}

// latest is the version of whoever wants the candidate.
const latest = "latest"

func check(d *declared) error {
	// Names and versions become words of apt-get's, where other characters have meanings: a '-' at the end removes, a '~' begins a pattern.
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9-]+)?$`).MatchString(d.Name) {
		return fmt.Errorf("%q is no name of a package: lower case letters, digits, '+', '-' and '.'", d.Name)
	}
	if d.Version != "" && !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+:~-]*$`).MatchString(d.Version) {
		return fmt.Errorf("%q is no version of a package: it is exact, such as \"1.22.1-9\", or \"latest\"", d.Version)
	}
	if d.Purge {
		d.Absent = true
	}
	switch {
	case d.Absent && (d.Version != "" || d.Hold != nil || d.Source != "" || d.Recommends):
		return errors.New("what is absent has nothing else")
	case d.Source != "" && d.Version != "":
		return errors.New("source and version exclude each other: the version is that of the file")
	case d.Source != "" && (!path.IsAbs(d.Source) || path.Clean(d.Source) != d.Source || !strings.HasSuffix(d.Source, ".deb")):
		return fmt.Errorf("%q is no absolute path of a .deb file", d.Source)
	}
	return nil
}

// fetching are the packages that repositories themselves need.
var fetching = []string{"apt", "ca-certificates", "gnupg", "gpg", "apt-transport-https", "debian-archive-keyring"}

func needs(d declared) []resource.Token {
	var tokens []resource.Token
	if !slices.Contains(fetching, d.Name) {
		tokens = append(tokens, "repositories")
	}
	if d.Source != "" {
		tokens = append(tokens, resource.Path(d.Source))
	}
	return tokens
}

func provides(d declared) []resource.Token {
	if d.Absent {
		return nil
	}
	name, _, _ := strings.Cut(d.Name, ":")
	tokens := []resource.Token{resource.Package(name)}
	// nginx-light brings what is called nginx: /etc/nginx and the unit.
	for i := len(name) - 1; i > 0; i-- {
		if name[i] == '-' {
			tokens = append(tokens, resource.Package(name[:i]))
		}
	}
	return tokens
}
