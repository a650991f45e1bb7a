package user

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	switch {
	case d.Absent && !o.Exists:
		return resource.Difference{}
	case d.Absent:
		return resource.Difference{Action: gemba.ActionRemove, Diffs: removed(d, o)}
	case !o.Exists:
		return resource.Difference{Action: gemba.ActionCreate, Diffs: made(d)}
	}
	diffs := altered(d, o)
	if len(diffs) == 0 {
		return resource.Difference{}
	}
	return resource.Difference{Action: gemba.ActionUpdate, Diffs: diffs}
}

func removed(d declared, o observed) []gemba.Diff {
	diffs := []gemba.Diff{{Attribute: "uid", From: strconv.Itoa(o.UID)}}
	if d.RemoveHome {
		diffs = append(diffs, gemba.Diff{Attribute: "home", From: o.Home})
	}
	return diffs
}

// made is what a user who is not there will have.
func made(d declared) []gemba.Diff {
	var diffs []gemba.Diff
	add := func(attribute, to string) {
		if to != "" {
			diffs = append(diffs, gemba.Diff{Attribute: attribute, To: to})
		}
	}
	if d.UID != nil {
		add("uid", strconv.Itoa(*d.UID))
	}
	add("group", d.Group)
	add("groups", strings.Join(d.wanted(d.Group, nil), ", "))
	add("home", d.Home)
	add("shell", d.Shell)
	if d.Comment != nil {
		add("comment", *d.Comment)
	}
	if d.Password != "" {
		diffs = append(diffs, gemba.Diff{Attribute: "password", Hidden: true})
	}
	if d.Locked != nil {
		add("locked", strconv.FormatBool(*d.Locked))
	}
	add("expires", d.Expires)
	return diffs
}

func altered(d declared, o observed) []gemba.Diff {
	var diffs []gemba.Diff
	differ := func(attribute, from, to string) {
		if from != to {
			diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	if d.UID != nil {
		differ("uid", strconv.Itoa(o.UID), strconv.Itoa(*d.UID))
	}
	if d.regroups(o) {
		differ("group", o.Group, d.Group)
	}
	if d.Groups != nil {
		differ("groups", strings.Join(o.Groups, ", "), strings.Join(d.wanted(d.primary(o), o.Groups), ", "))
	}
	if d.Home != "" {
		differ("home", o.Home, d.Home)
	}
	if d.CreateHome != nil && *d.CreateHome && !o.Prepared && !d.moves(o) {
		diffs = append(diffs, gemba.Diff{Attribute: "create_home", From: "missing", To: d.living(o)})
	}
	if d.Shell != "" {
		differ("shell", o.Shell, d.Shell)
	}
	if d.Comment != nil {
		differ("comment", o.Comment, *d.Comment)
	}
	want := d.password(o.Password)
	if strings.TrimLeft(want, "!") != strings.TrimLeft(o.Password, "!") {
		diffs = append(diffs, gemba.Diff{Attribute: "password", Hidden: true})
	} else {
		differ("locked", locked(o.Password), locked(want))
	}
	if d.Expires != "" {
		differ("expires", day(o.Expires), day(d.expires))
	}
	return diffs
}

func day(days int) string {
	if days < 0 {
		return "never"
	}
	return time.Unix(int64(days)*24*60*60, 0).UTC().Format(time.DateOnly)
}

// regroups reports whether the primary group is another one than declared, by name or by number.
func (d declared) regroups(o observed) bool {
	return d.Group != "" && d.Group != o.Group && d.Group != strconv.Itoa(o.GID)
}

// primary is the name of the primary group that it is to have.
func (d declared) primary(o observed) string {
	if d.regroups(o) {
		return d.Group
	}
	return o.Group
}

// moves reports whether the home directory moves. One that would have to move over another one does not.
func (d declared) moves(o observed) bool {
	return d.MoveHome && d.Home != o.Home && o.Lives && !o.Prepared
}

// living is where it is to live.
func (d declared) living(o observed) string {
	if d.Home != "" {
		return d.Home
	}
	return o.Home
}

// joins reports whether it has to be in other groups than it is.
func (d declared) joins(o observed) bool {
	return d.Groups != nil && !slices.Equal(o.Groups, d.wanted(d.primary(o), o.Groups))
}
