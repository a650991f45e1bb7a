package user

import (
	"context"
	"slices"

	"gemba/internal/resource"
)

// foresee says what apply will have made of the accounts, and of the home directory.
func foresee(_ context.Context, f *resource.Foreseen, d declared, o observed) error {
	accounts, err := f.Accounts()
	if err != nil {
		return err
	}
	accounts.Users, accounts.Groups = slices.Clone(accounts.Users), slices.Clone(accounts.Groups)
	switch {
	case d.Absent:
		leave(&accounts, d.Name)
		if d.RemoveHome {
			_ = f.RemoveAll(o.Home)
		}
		f.SetAccounts(accounts)
		return nil
	case !o.Exists:
		if err := enter(&accounts, d); err != nil {
			return err
		}
	}
	change(&accounts, d)
	join(&accounts, d, o)
	f.SetAccounts(accounts)
	makes := d.CreateHome != nil && *d.CreateHome || !o.Exists && d.makesHome()
	u, _ := accounts.User(d.Name)
	if home, err := resource.Look(f, u.Home); err != nil || !makes || home.Type != resource.Absent {
		return err
	}
	return f.Mkdir(u.Home, resource.Meta{Mode: 0o700, UID: u.UID, GID: u.GID})
}

// enter adds the user as useradd does. A number that is not declared is the one above the highest of its range, or for the system's own
// below the lowest.
func enter(accounts *resource.Accounts, d declared) error {
	u := resource.Account{Name: d.Name, Home: d.home(), Password: "!", Expires: -1}
	if d.UID != nil {
		u.UID = *d.UID
	} else {
		u.UID = accounts.NextUID(d.System)
	}
	group := d.Group
	if group == "" {
		group = d.Name
		if _, there := accounts.Group(group); !there {
			gid := u.UID
			if slices.ContainsFunc(accounts.Groups, func(g resource.AccountGroup) bool { return g.GID == gid }) {
				gid = accounts.NextGID(d.System)
			}
			accounts.Groups = append(accounts.Groups, resource.AccountGroup{Name: group, GID: gid})
		}
	}
	var err error
	if u.GID, err = accounts.GID(group); err != nil {
		return err
	}
	accounts.Users = append(accounts.Users, u)
	return nil
}

// change gives the user what is declared.
func change(accounts *resource.Accounts, d declared) {
	for i := range accounts.Users {
		u := &accounts.Users[i]
		if u.Name != d.Name {
			continue
		}
		if d.UID != nil {
			u.UID = *d.UID
		}
		if gid, err := accounts.GID(d.Group); d.Group != "" && err == nil {
			u.GID = gid
		}
		if d.Home != "" {
			u.Home = d.Home
		}
		if d.Shell != "" {
			u.Shell = d.Shell
		}
		if d.Comment != nil {
			u.Comment = *d.Comment
		}
		if d.Expires != "" {
			u.Expires = d.expires
		}
		u.Password = d.password(u.Password)
	}
}

// join puts the user into its groups.
func join(accounts *resource.Accounts, d declared, o observed) {
	if d.Groups == nil {
		return
	}
	u, _ := accounts.User(d.Name)
	wanted := d.wanted(accounts.GroupName(u.GID), o.Groups)
	for i, g := range accounts.Groups {
		members := slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == d.Name })
		if slices.Contains(wanted, g.Name) {
			members = append(members, d.Name)
		}
		accounts.Groups[i].Members = members
	}
}

// leave takes the user out, and its own group where nobody else is in it, as userdel does.
func leave(accounts *resource.Accounts, name string) {
	accounts.Users = slices.DeleteFunc(accounts.Users, func(u resource.Account) bool { return u.Name == name })
	for i, g := range accounts.Groups {
		accounts.Groups[i].Members = slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == name })
	}
	accounts.Groups = slices.DeleteFunc(accounts.Groups, func(g resource.AccountGroup) bool {
		primary := slices.ContainsFunc(accounts.Users, func(u resource.Account) bool { return u.GID == g.GID })
		return g.Name == name && len(g.Members) == 0 && !primary
	})
}
