package user

import (
	"slices"

	"gemba/internal/resource"
)

// Kind is the resource kind "user".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: resource.LockAccounts,
		Observe: observe, Diff: diff, Apply: apply, Foresee: foresee, Together: resource.InOrder(apply), // numbers are given out in that order
	}.Kind()
}

// declared is what is declared of a user.
type declared struct {
	Name         string   `json:"name"`
	UID          *int     `json:"uid"`
	Group        string   `json:"group"`
	Groups       []string `json:"groups"`
	ExactGroups  bool     `json:"exact_groups"`
	Home         string   `json:"home"`
	CreateHome   *bool    `json:"create_home"`
	MoveHome     bool     `json:"move_home"`
	Shell        string   `json:"shell"`
	Comment      *string  `json:"comment"`
	System       bool     `json:"system"`
	Password     string   `json:"password"`
	PasswordWhen string   `json:"password_when"`
	Locked       *bool    `json:"locked"`
	Expires      string   `json:"expires"`
	Absent       bool     `json:"absent"`
	RemoveHome   bool     `json:"remove_home"`

	expires int // days since 1970; -1 for never
}

// observed is what was found.
type observed struct {
	Exists   bool     `json:"exists"`
	UID      int      `json:"uid"`
	GID      int      `json:"gid"`
	Group    string   `json:"group,omitempty"`
	Groups   []string `json:"groups,omitempty"` // beside the primary one, sorted
	Home     string   `json:"home,omitempty"`
	Shell    string   `json:"shell,omitempty"`
	Comment  string   `json:"comment,omitempty"`
	Password string   `json:"password,omitempty"` // the hash as the shadow file has it
	Expires  int      `json:"expires"`
	Own      bool     `json:"own"`      // a group of its name is there
	Lives    bool     `json:"lives"`    // the home directory that it has is there
	Prepared bool     `json:"prepared"` // the one that is declared is there
}

func needs(d declared) []resource.Token {
	if d.Absent {
		return nil
	}
	tokens := resource.Parents(d.home())
	if d.Group == "" {
		tokens = append(tokens, resource.Group(d.Name))
	} else {
		tokens = append(tokens, resource.Group(d.Group))
	}
	for _, group := range d.Groups {
		tokens = append(tokens, resource.Group(group))
	}
	if d.Shell != "" {
		tokens = append(tokens, resource.Path(d.Shell))
		tokens = append(tokens, resource.Owning(d.Shell)...)
	}
	return tokens
}

func provides(d declared) []resource.Token {
	if d.Absent {
		return []resource.Token{resource.NoUser}
	}
	tokens := []resource.Token{resource.User(d.Name)}
	if d.Group == "" {
		tokens = append(tokens, resource.Group(d.Name))
	}
	if d.makesHome() {
		tokens = append(tokens, resource.Path(d.home()))
	}
	return tokens
}

// home is where it lives, as far as a declaration says that.
func (d declared) home() string {
	if d.Home != "" {
		return d.Home
	}
	if d.Name == "root" {
		return "/root"
	}
	return "/home/" + d.Name
}

// makesHome reports whether a new user gets a home directory.
func (d declared) makesHome() bool {
	if d.CreateHome != nil {
		return *d.CreateHome
	}
	return !d.System
}

// wanted are the groups that a user is to be in beside its primary one, sorted.
func (d declared) wanted(primary string, has []string) []string {
	groups := slices.Clone(d.Groups)
	if !d.ExactGroups {
		groups = append(groups, has...)
	}
	groups = slices.DeleteFunc(groups, func(g string) bool { return g == primary })
	slices.Sort(groups)
	return slices.Compact(groups)
}
