package group

import (
	"context"
	"slices"

	"gemba/internal/resource"
)

// foresee says what apply will have made of the groups.
func foresee(_ context.Context, f *resource.Foreseen, d declared, o observed) error {
	accounts, err := f.Accounts()
	if err != nil {
		return err
	}
	accounts.Groups = slices.DeleteFunc(slices.Clone(accounts.Groups), func(g resource.AccountGroup) bool { return g.Name == d.Name })
	if d.Absent {
		f.SetAccounts(accounts)
		return nil
	}
	g := resource.AccountGroup{Name: d.Name, GID: o.GID, Members: o.Members}
	switch {
	case d.GID != nil:
		g.GID = *d.GID
	case !o.Exists:
		g.GID = accounts.NextGID(d.System)
	}
	if d.Members != nil {
		g.Members = d.Members
	}
	accounts.Groups = append(accounts.Groups, g)
	if o.Exists && g.GID != o.GID { // groupmod takes those along whose primary group it is
		accounts.Users = slices.Clone(accounts.Users)
		for i := range accounts.Users {
			if accounts.Users[i].GID == o.GID {
				accounts.Users[i].GID = g.GID
			}
		}
	}
	f.SetAccounts(accounts)
	return nil
}
