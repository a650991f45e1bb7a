package git

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "git".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply,
	}.Kind()
}

// declared is what is declared of a working tree.
type declared struct {
	Name       string `json:"name"`
	Repository string `json:"repository"`
	Revision   string `json:"revision"`
	Depth      int    `json:"depth"`
	User       string `json:"user"`
	Force      bool   `json:"force"`
}

func check(d *declared) error {
	if d.Revision == "" {
		d.Revision = "HEAD"
	}
	scheme, rest, isURL := strings.Cut(d.Repository, "://")
	switch {
	case strings.ContainsFunc(d.Repository, func(r rune) bool { return r < ' ' || r == 0x7f }) || strings.HasPrefix(d.Repository, "-"):
		return fmt.Errorf("%q is no repository", d.Repository)
	case isURL && !regexp.MustCompile(`^(https?|ssh|git|file)$`).MatchString(scheme):
		return fmt.Errorf("git is not let loose on %s://: it is https, http, ssh, git or file", scheme)
	case isURL && scheme != "ssh" && regexp.MustCompile(`^[^/@]*:[^/@]*@`).MatchString(rest):
		return errors.New("a password in an address is seen by everybody on the host; give it to git in the user's ~/.netrc or ~/.git-credentials")
	case !isURL && (strings.Contains(d.Repository, "::") || !path.IsAbs(d.Repository) && !regexp.MustCompile(`^[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:[^:]`).MatchString(d.Repository)):
		return fmt.Errorf("%q is no repository: an address, USER@HOST:PATH or an absolute path", d.Repository)
	// git-check-ref-format(1), so far as it matters to what a word may mean.
	case !regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./+#=-]*$`).MatchString(d.Revision) || strings.Contains(d.Revision, ".."):
		return fmt.Errorf("%q is no branch, tag or commit", d.Revision)
	case d.Depth < 0:
		return errors.New("depth is a number of commits, or 0 for all")
	}
	return nil
}

// commit reports whether a revision is all of a commit's digits.
func commit(revision string) bool { return regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(revision) }

func needs(d declared) []resource.Token {
	tokens := append([]resource.Token{resource.Path(d.Name)}, resource.Parents(d.Name)...)
	for _, name := range []string{"git", "openssh-client", "ca-certificates"} {
		tokens = append(tokens, resource.Package(name))
	}
	if path.IsAbs(d.Repository) {
		tokens = append(tokens, resource.Path(d.Repository))
	}
	if d.User != "" {
		tokens = append(tokens, resource.User(d.User))
	}
	return tokens
}

func provides(d declared) []resource.Token { return []resource.Token{resource.Path(d.Name)} }
