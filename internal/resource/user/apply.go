package user

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"gemba/internal/resource"
)

// apply makes the user what is declared of it. A new one is made first, and then brought to what useradd does not give.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	run := func(argv ...string) error {
		_, err := sys.Run(ctx, resource.Command{Argv: argv})
		return err
	}
	if d.Absent {
		argv := []string{"userdel"}
		if d.RemoveHome {
			argv = append(argv, "-r")
		}
		return run(append(argv, "--", d.Name)...)
	}
	if !o.Exists {
		if err := run(added(d, o)...); err != nil {
			return err
		}
		var err error
		if o, err = observe(ctx, sys, d); err != nil {
			return err
		}
	}
	if argv := modified(d, o); argv != nil {
		if err := run(argv...); err != nil {
			return err
		}
	}
	if err := setPassword(ctx, sys, d, o); err != nil {
		return err
	}
	if d.CreateHome != nil && *d.CreateHome {
		return makeHome(sys, d.Name)
	}
	return nil
}

// added is the command that makes the user.
func added(d declared, o observed) []string {
	argv := []string{"useradd"}
	add := func(flag, value string) {
		if value != "" {
			argv = append(argv, flag, value)
		}
	}
	if d.UID != nil {
		add("-u", strconv.Itoa(*d.UID))
	}
	primary := d.Group
	switch {
	case d.Group != "":
		add("-g", d.Group)
	case o.Own: // useradd makes no group that is there, and refuses to take it unless it is told
		add("-g", d.Name)
		primary = d.Name
	default:
		argv = append(argv, "-U")
	}
	add("-G", strings.Join(d.wanted(primary, nil), ","))
	add("-d", d.Home)
	add("-s", d.Shell)
	if d.Comment != nil {
		add("-c", *d.Comment)
	}
	if d.expires >= 0 {
		add("-e", day(d.expires))
	}
	if d.System {
		argv = append(argv, "-r")
	}
	if d.makesHome() {
		argv = append(argv, "-m")
	} else {
		argv = append(argv, "-M")
	}
	return append(argv, "--", d.Name)
}

// modified is the command that changes what differs; nil when nothing of that does.
func modified(d declared, o observed) []string {
	argv := []string{"usermod"}
	if d.UID != nil && *d.UID != o.UID {
		argv = append(argv, "-u", strconv.Itoa(*d.UID))
	}
	if d.regroups(o) {
		argv = append(argv, "-g", d.Group)
	}
	if d.joins(o) {
		if d.ExactGroups {
			argv = append(argv, "-G", strings.Join(d.wanted(d.primary(o), o.Groups), ","))
		} else {
			missing := slices.DeleteFunc(d.wanted(d.primary(o), o.Groups), func(g string) bool { return slices.Contains(o.Groups, g) })
			argv = append(argv, "-a", "-G", strings.Join(missing, ","))
		}
	}
	if d.Home != "" && d.Home != o.Home {
		argv = append(argv, "-d", d.Home)
		if d.moves(o) {
			argv = append(argv, "-m")
		}
	}
	if d.Shell != "" && d.Shell != o.Shell {
		argv = append(argv, "-s", d.Shell)
	}
	if d.Comment != nil && *d.Comment != o.Comment {
		argv = append(argv, "-c", *d.Comment)
	}
	if d.Expires != "" && d.expires != o.Expires {
		date := "" // never, as usermod is told it
		if d.expires >= 0 {
			date = day(d.expires)
		}
		argv = append(argv, "-e", date)
	}
	if len(argv) == 1 {
		return nil
	}
	return append(argv, "--", d.Name)
}

// setPassword brings the shadow file to the password and its lock. A lock alone leaves the day of the last change as it is; the hash
// goes through standard input, where no list of processes shows it.
func setPassword(ctx context.Context, sys resource.System, d declared, o observed) error {
	want := d.password(o.Password)
	var c resource.Command
	switch {
	case want == o.Password:
		return nil
	case want == "!"+o.Password:
		c.Argv = []string{"usermod", "-L", "--", d.Name}
	case "!"+want == o.Password:
		c.Argv = []string{"usermod", "-U", "--", d.Name}
	default:
		c.Argv = []string{"chpasswd", "-e"}
		c.Stdin = []byte(d.Name + ":" + want + "\n")
	}
	_, err := sys.Run(ctx, c)
	return err
}

// makeHome makes the home directory of a user who has none: private, and with what every new user gets.
func makeHome(sys resource.System, name string) error {
	accounts, err := sys.Accounts()
	if err != nil {
		return err
	}
	u, _ := accounts.User(name)
	home, err := resource.Look(sys, u.Home)
	if err != nil || home.Type != resource.Absent {
		return err
	}
	if err := sys.Mkdir(u.Home, resource.Meta{Mode: 0o700, UID: u.UID, GID: u.GID}); err != nil {
		return err
	}
	return furnish(sys, "/etc/skel", u.Home, u)
}

// furnish copies what is in a directory, for a user.
func furnish(sys resource.System, from, to string, u resource.Account) error {
	info, err := resource.Look(sys, from)
	if err != nil || info.Type != resource.Directory {
		return err
	}
	names, err := sys.ReadDir(from)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := copyOne(sys, path.Join(from, name), path.Join(to, name), u); err != nil {
			return err
		}
	}
	return nil
}

func copyOne(sys resource.System, from, to string, u resource.Account) error {
	info, err := sys.Lstat(from)
	if err != nil {
		return err
	}
	meta := resource.Meta{Mode: info.Mode, UID: u.UID, GID: u.GID}
	switch info.Type {
	case resource.Symlink:
		if err := sys.Symlink(info.Target, to); err != nil {
			return err
		}
		return sys.Chown(to, u.UID, u.GID)
	case resource.Directory:
		if err := sys.Mkdir(to, meta); err != nil {
			return err
		}
		return furnish(sys, from, to, u)
	case resource.Regular:
		body, err := sys.Open(from)
		if err != nil {
			return err
		}
		defer body.Close()
		return sys.Write(to, body, meta)
	}
	return nil
}
