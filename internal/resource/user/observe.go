package user

import (
	"context"
	"slices"

	"gemba/internal/resource"
)

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	accounts, err := sys.Accounts()
	if err != nil {
		return observed{}, err
	}
	var o observed
	_, o.Own = accounts.Group(d.Name)
	u, exists := accounts.User(d.Name)
	if !exists {
		return o, nil
	}
	o.Exists, o.UID, o.GID, o.Group = true, u.UID, u.GID, accounts.GroupName(u.GID)
	o.Home, o.Shell, o.Comment, o.Password, o.Expires = u.Home, u.Shell, u.Comment, u.Password, u.Expires
	for _, g := range accounts.Groups {
		if g.Name != o.Group && slices.Contains(g.Members, d.Name) {
			o.Groups = append(o.Groups, g.Name)
		}
	}
	slices.Sort(o.Groups)
	home, err := resource.Look(sys, o.Home)
	if err != nil {
		return o, err
	}
	o.Lives, o.Prepared = home.Type != resource.Absent, home.Type != resource.Absent
	if d.Home != "" && d.Home != o.Home {
		prepared, err := resource.Look(sys, d.Home)
		if err != nil {
			return o, err
		}
		o.Prepared = prepared.Type != resource.Absent
	}
	return o, nil
}
