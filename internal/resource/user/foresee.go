package user

import (
	"context"
	"path"
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
	change(&accounts, d, o)
	join(&accounts, d, o)
	f.SetAccounts(accounts)
	if d.moves(o) {
		return resource.ErrUnforeseen // what is in a home that moves is looked at where it is now
	}
	if u, _ := accounts.User(d.Name); o.Exists && (u.UID != o.UID || u.GID != o.GID) {
		most := largestHome
		if home, err := resource.Look(f, o.Home); err == nil && home.UID == o.UID { // usermod looks at that too
			follow(f, o.Home, o, u, &most)
		}
	}
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
func change(accounts *resource.Accounts, d declared, o observed) {
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
		if d.Home != "" && !d.moves(o) {
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

// largestHome is how many files of a home directory are looked at to foresee their owners.
const largestHome = 10_000

// follow gives what is in the home directory the user's new numbers, as usermod does.
func follow(f *resource.Foreseen, at string, was observed, now resource.Account, most *int) {
	info, err := resource.Look(f, at)
	if *most--; err != nil || info.Type == resource.Absent || *most < 0 {
		return
	}
	uid, gid := -1, -1
	if info.UID == was.UID {
		uid = now.UID
	}
	if info.GID == was.GID {
		gid = now.GID
	}
	_ = f.Chown(at, uid, gid)
	if info.Type != resource.Directory {
		return
	}
	names, err := f.ReadDir(at)
	for _, name := range names {
		if err == nil {
			follow(f, path.Join(at, name), was, now, most)
		}
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
