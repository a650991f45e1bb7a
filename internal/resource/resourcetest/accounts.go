package resourcetest

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"gemba/internal/resource"
	"gemba/internal/resource/memory"
)

// AccountPrograms gives a host in memory useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd and chpasswd: they
// edit its passwd(5), group(5) and shadow(5) as those of Debian do, and refuse what those refuse.
func AccountPrograms(h *memory.Host) {
	for name, p := range map[string]func(*accounts, options) error{
		"useradd": useradd, "usermod": usermod, "userdel": userdel,
		"groupadd": groupadd, "groupmod": groupmod, "groupdel": groupdel, "gpasswd": gpasswd,
	} {
		h.Program(name, func(h *memory.Host, c resource.Command) (resource.Output, error) {
			a := open(h)
			o, err := parse(c.Argv, takes[name])
			if err == nil {
				err = p(a, o)
			}
			if err != nil {
				return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte(name + ": " + err.Error())}
			}
			a.save()
			return resource.Output{}, nil
		})
	}
	h.Program("chpasswd", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		a := open(h)
		name, hash, ok := strings.Cut(strings.TrimSuffix(string(c.Stdin), "\n"), ":")
		shadow := a.line(a.shadow, name)
		if len(c.Argv) != 2 || c.Argv[1] != "-e" || !ok || shadow == nil {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte("chpasswd: usage, or no such user")}
		}
		shadow[1] = hash
		a.save()
		return resource.Output{}, nil
	})
}

// takes are the options that each program knows here, those with a colon take a value.
var takes = map[string]string{
	"useradd": "u:g:G:d:s:c:e:mMrUN", "usermod": "u:g:G:d:s:c:e:amLU", "userdel": "r",
	"groupadd": "g:r", "groupmod": "g:", "groupdel": "", "gpasswd": "M:",
}

type options struct {
	set  map[byte]string
	name string
}

func (o options) has(flag byte) bool { _, ok := o.set[flag]; return ok }

func parse(argv []string, known string) (options, error) {
	o := options{set: map[byte]string{}}
	args := argv[1:]
	for len(args) > 0 && len(args[0]) == 2 && args[0][0] == '-' && args[0] != "--" {
		flag := args[0][1]
		i := strings.IndexByte(known, flag)
		if i < 0 || flag == ':' {
			return o, fmt.Errorf("invalid option -- '%c'", flag)
		}
		args = args[1:]
		o.set[flag] = ""
		if i+1 < len(known) && known[i+1] == ':' {
			if len(args) == 0 {
				return o, fmt.Errorf("option requires an argument -- '%c'", flag)
			}
			o.set[flag], args = args[0], args[1:]
		}
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) != 1 || strings.HasPrefix(args[0], "-") {
		return o, fmt.Errorf("usage: one name, not %q", args)
	}
	o.name = args[0]
	return o, nil
}

// accounts are the files of accounts, by lines of fields.
type accounts struct {
	h                     *memory.Host
	passwd, group, shadow [][]string
}

func open(h *memory.Host) *accounts {
	read := func(name string) (lines [][]string) {
		for line := range strings.Lines(h.Text(name)) {
			lines = append(lines, strings.Split(strings.TrimSuffix(line, "\n"), ":"))
		}
		return lines
	}
	return &accounts{h, read("/etc/passwd"), read("/etc/group"), read("/etc/shadow")}
}

func (a *accounts) save() {
	for name, lines := range map[string][][]string{"/etc/passwd": a.passwd, "/etc/group": a.group, "/etc/shadow": a.shadow} {
		var b strings.Builder
		for _, fields := range lines {
			b.WriteString(strings.Join(fields, ":") + "\n")
		}
		a.h.Set(name, b.String())
	}
}

func (a *accounts) line(lines [][]string, name string) []string {
	for _, fields := range lines {
		if fields[0] == name {
			return fields
		}
	}
	return nil
}

func (a *accounts) taken(lines [][]string, id string) bool {
	return slices.ContainsFunc(lines, func(fields []string) bool { return fields[2] == id })
}

func (a *accounts) free(lines [][]string, system bool) string {
	id := 1000
	if system {
		id = 100
	}
	for a.taken(lines, strconv.Itoa(id)) {
		id++
	}
	return strconv.Itoa(id)
}

func (a *accounts) gid(group string) (string, error) {
	for _, fields := range a.group {
		if fields[0] == group || fields[2] == group {
			return fields[2], nil
		}
	}
	return "", fmt.Errorf("group '%s' does not exist", group)
}

func day(date string) (string, error) {
	if date == "" {
		return "", nil
	}
	t, err := time.Parse(time.DateOnly, date)
	return strconv.FormatInt(t.Unix()/86400, 10), err
}

func useradd(a *accounts, o options) error {
	if a.line(a.passwd, o.name) != nil {
		return fmt.Errorf("user '%s' already exists", o.name)
	}
	uid, system := o.set['u'], o.has('r')
	if uid == "" {
		uid = a.free(a.passwd, system)
	} else if a.taken(a.passwd, uid) {
		return fmt.Errorf("UID %s is not unique", uid)
	}
	var gid string
	var err error
	switch {
	case o.has('g') && o.has('U'):
		return fmt.Errorf("options -U and -g conflict")
	case o.has('g'):
		if gid, err = a.gid(o.set['g']); err != nil {
			return err
		}
	case a.line(a.group, o.name) != nil:
		return fmt.Errorf("group %s exists - if you want to add this user to that group, use -g", o.name)
	default:
		gid = uid
		if a.taken(a.group, gid) {
			gid = a.free(a.group, system)
		}
		a.group = append(a.group, []string{o.name, "x", gid, ""})
	}
	home, shell := o.set['d'], o.set['s']
	if home == "" {
		home = "/home/" + o.name
	}
	if shell == "" {
		shell = "/bin/sh"
	}
	expires, err := day(o.set['e'])
	if err != nil {
		return err
	}
	a.passwd = append(a.passwd, []string{o.name, "x", uid, gid, o.set['c'], home, shell})
	a.shadow = append(a.shadow, []string{o.name, "!", "19000", "0", "99999", "7", "", expires, ""})
	if o.has('m') && !there(a.h, home) {
		number := func(text string) int { n, _ := strconv.Atoi(text); return n }
		if err := a.h.Mkdir(home, resource.Meta{Mode: 0o700, UID: number(uid), GID: number(gid)}); err != nil {
			return fmt.Errorf("cannot create directory %s", home)
		}
	}
	return a.join(o)
}

func there(h *memory.Host, name string) bool {
	_, err := h.Lstat(name)
	return err == nil
}

// join makes a user a member of -G, of those alone without -a.
func (a *accounts) join(o options) error {
	if !o.has('G') {
		return nil
	}
	var wanted []string
	if o.set['G'] != "" {
		wanted = strings.Split(o.set['G'], ",")
	}
	for _, name := range wanted {
		if a.line(a.group, name) == nil {
			return fmt.Errorf("group '%s' does not exist", name)
		}
	}
	for _, fields := range a.group {
		members := slices.DeleteFunc(strings.Split(fields[3], ","), func(m string) bool { return m == "" })
		in := slices.Contains(members, o.name)
		switch {
		case slices.Contains(wanted, fields[0]) && !in:
			members = append(members, o.name)
		case !slices.Contains(wanted, fields[0]) && in && !o.has('a'):
			members = slices.DeleteFunc(members, func(m string) bool { return m == o.name })
		}
		fields[3] = strings.Join(members, ",")
	}
	return nil
}

func usermod(a *accounts, o options) error {
	user, shadow := a.line(a.passwd, o.name), a.line(a.shadow, o.name)
	switch {
	case user == nil:
		return fmt.Errorf("user '%s' does not exist", o.name)
	case o.has('a') && !o.has('G'):
		return fmt.Errorf("-a flag is only allowed with the -G flag")
	case o.has('m') && !o.has('d'):
		return fmt.Errorf("-m flag is only allowed with the -d flag")
	case o.has('L') && o.has('U'):
		return fmt.Errorf("the -L and -U flags are exclusive")
	}
	if o.has('u') {
		if a.taken(a.passwd, o.set['u']) {
			return fmt.Errorf("UID '%s' already exists", o.set['u'])
		}
		old, _ := strconv.Atoi(user[2])
		user[2] = o.set['u']
		now, _ := strconv.Atoi(user[2])
		if info, err := a.h.Lstat(user[5]); err == nil && info.UID == old && !o.has('m') {
			chownBelow(a.h, user[5], old, now)
		}
	}
	if o.has('g') {
		gid, err := a.gid(o.set['g'])
		if err != nil {
			return err
		}
		user[3] = gid
	}
	if o.has('m') {
		if there(a.h, o.set['d']) || !there(a.h, user[5]) {
			return fmt.Errorf("directory %s exists, or %s does not", o.set['d'], user[5])
		}
		if err := move(a.h, user[5], o.set['d']); err != nil {
			return err
		}
	}
	for flag, field := range map[byte]int{'d': 5, 's': 6, 'c': 4} {
		if o.has(flag) {
			user[field] = o.set[flag]
		}
	}
	if o.has('e') {
		expires, err := day(o.set['e'])
		if err != nil {
			return err
		}
		shadow[7] = expires
	}
	if o.has('L') && !strings.HasPrefix(shadow[1], "!") {
		shadow[1] = "!" + shadow[1]
	}
	if o.has('U') {
		if shadow[1] == "!" {
			return fmt.Errorf("unlocking the user's password would result in a passwordless account")
		}
		shadow[1] = strings.TrimPrefix(shadow[1], "!")
	}
	return a.join(o)
}

// chownBelow gives what is in a home directory to the user's new number.
func chownBelow(h *memory.Host, at string, old, now int) {
	info, err := h.Lstat(at)
	if err != nil {
		return
	}
	if info.UID == old {
		_ = h.Chown(at, now, -1)
	}
	if info.Type != resource.Directory {
		return
	}
	names, _ := h.ReadDir(at)
	for _, name := range names {
		chownBelow(h, path.Join(at, name), old, now)
	}
}

func move(h *memory.Host, from, to string) error {
	info, err := h.Lstat(from)
	if err != nil {
		return err
	}
	meta := resource.Meta{Mode: info.Mode, UID: info.UID, GID: info.GID}
	if info.Type != resource.Directory {
		return h.Write(to, strings.NewReader(h.Text(from)), meta)
	}
	if err := h.Mkdir(to, meta); err != nil {
		return err
	}
	names, _ := h.ReadDir(from)
	for _, name := range names {
		if err := move(h, path.Join(from, name), path.Join(to, name)); err != nil {
			return err
		}
	}
	return h.RemoveAll(from)
}

func userdel(a *accounts, o options) error {
	user := a.line(a.passwd, o.name)
	if user == nil {
		return fmt.Errorf("user '%s' does not exist", o.name)
	}
	named := func(fields []string) bool { return fields[0] == o.name }
	a.passwd, a.shadow = slices.DeleteFunc(a.passwd, named), slices.DeleteFunc(a.shadow, named)
	if err := a.join(options{set: map[byte]string{'G': ""}, name: o.name}); err != nil {
		return err
	}
	a.group = slices.DeleteFunc(a.group, func(fields []string) bool {
		return named(fields) && fields[3] == "" && fields[2] == user[3] && !slices.ContainsFunc(a.passwd, func(u []string) bool { return u[3] == fields[2] })
	})
	if o.has('r') {
		return a.h.RemoveAll(user[5])
	}
	return nil
}

func groupadd(a *accounts, o options) error {
	if a.line(a.group, o.name) != nil {
		return fmt.Errorf("group '%s' already exists", o.name)
	}
	gid := o.set['g']
	if gid == "" {
		gid = a.free(a.group, o.has('r'))
	} else if a.taken(a.group, gid) {
		return fmt.Errorf("GID '%s' already exists", gid)
	}
	a.group = append(a.group, []string{o.name, "x", gid, ""})
	return nil
}

func groupmod(a *accounts, o options) error {
	group := a.line(a.group, o.name)
	if group == nil {
		return fmt.Errorf("group '%s' does not exist", o.name)
	}
	if a.taken(a.group, o.set['g']) {
		return fmt.Errorf("GID '%s' already exists", o.set['g'])
	}
	for _, user := range a.passwd {
		if user[3] == group[2] {
			user[3] = o.set['g']
		}
	}
	group[2] = o.set['g']
	return nil
}

func groupdel(a *accounts, o options) error {
	group := a.line(a.group, o.name)
	if group == nil {
		return fmt.Errorf("group '%s' does not exist", o.name)
	}
	for _, user := range a.passwd {
		if user[3] == group[2] {
			return fmt.Errorf("cannot remove the primary group of user '%s'", user[0])
		}
	}
	a.group = slices.DeleteFunc(a.group, func(fields []string) bool { return fields[0] == o.name })
	return nil
}

func gpasswd(a *accounts, o options) error {
	group := a.line(a.group, o.name)
	if group == nil || !o.has('M') {
		return fmt.Errorf("group '%s' does not exist in /etc/group", o.name)
	}
	for _, name := range strings.Split(o.set['M'], ",") {
		if name != "" && a.line(a.passwd, name) == nil {
			return fmt.Errorf("user '%s' does not exist", name)
		}
	}
	group[3] = o.set['M']
	return nil
}
