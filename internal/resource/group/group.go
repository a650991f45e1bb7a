package group

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "group".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: resource.LockAccounts,
		Observe: observe, Diff: diff, Apply: apply, Foresee: foresee, Together: resource.InOrder(apply), // numbers are given out in that order
	}.Kind()
}

// declared is what is declared of a group.
type declared struct {
	Name    string   `json:"name"`
	GID     *int     `json:"gid"`
	System  bool     `json:"system"`
	Members []string `json:"members"`
	Absent  bool     `json:"absent"`
}

// observed is what was found.
type observed struct {
	Exists  bool     `json:"exists"`
	GID     int      `json:"gid"`
	Members []string `json:"members,omitempty"` // sorted
}

func check(d *declared) error {
	if err := resource.CheckAccountName(d.Name); err != nil {
		return err
	}
	for _, member := range d.Members {
		if err := resource.CheckAccountName(member); err != nil {
			return fmt.Errorf("members: %w", err)
		}
	}
	switch {
	case d.Absent && (d.GID != nil || d.System || d.Members != nil):
		return errors.New("what is absent has nothing else")
	case d.GID != nil && (*d.GID < 0 || *d.GID >= 1<<32-1):
		return errors.New("gid is a number from 0 to 4294967294")
	}
	slices.Sort(d.Members)
	d.Members = slices.Compact(d.Members) // an empty list stays one: nobody is a member
	return nil
}

func needs(d declared) []resource.Token {
	if d.Absent {
		return []resource.Token{resource.NoUser}
	}
	var tokens []resource.Token
	for _, member := range d.Members {
		tokens = append(tokens, resource.User(member))
	}
	return tokens
}

func provides(d declared) []resource.Token {
	if d.Absent {
		return nil
	}
	return []resource.Token{resource.Group(d.Name)}
}

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	accounts, err := sys.Accounts()
	if err != nil {
		return observed{}, err
	}
	g, exists := accounts.Group(d.Name)
	return observed{exists, g.GID, slices.Compact(slices.Sorted(slices.Values(g.Members)))}, nil
}

func diff(d declared, o observed) resource.Difference {
	switch {
	case d.Absent && !o.Exists:
		return resource.Difference{}
	case d.Absent:
		return resource.Difference{Action: gemba.ActionRemove, Diffs: []gemba.Diff{{Attribute: "gid", From: strconv.Itoa(o.GID)}}}
	}
	difference := resource.Difference{Action: gemba.ActionCreate}
	from := ""
	if o.Exists {
		difference.Action, from = gemba.ActionUpdate, strconv.Itoa(o.GID)
	}
	if d.GID != nil && (!o.Exists || *d.GID != o.GID) {
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "gid", From: from, To: strconv.Itoa(*d.GID)})
	}
	if d.Members != nil && !slices.Equal(d.Members, o.Members) {
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "members", From: strings.Join(o.Members, ", "), To: strings.Join(d.Members, ", ")})
	}
	if o.Exists && len(difference.Diffs) == 0 {
		return resource.Difference{}
	}
	return difference
}

func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	run := func(argv ...string) error {
		_, err := sys.Run(ctx, resource.Command{Argv: argv})
		return err
	}
	if d.Absent {
		return run("groupdel", "--", d.Name)
	}
	if !o.Exists {
		if err := run(added(d)...); err != nil {
			return err
		}
	} else if d.GID != nil && *d.GID != o.GID {
		if err := run("groupmod", "-g", strconv.Itoa(*d.GID), "--", d.Name); err != nil {
			return err
		}
	}
	if d.Members == nil || slices.Equal(d.Members, o.Members) {
		return nil
	}
	return run("gpasswd", "-M", strings.Join(d.Members, ","), "--", d.Name)
}

// added is the command that makes the group.
func added(d declared) []string {
	argv := []string{"groupadd"}
	if d.GID != nil {
		argv = append(argv, "-g", strconv.Itoa(*d.GID))
	}
	if d.System {
		argv = append(argv, "-r")
	}
	return append(argv, "--", d.Name)
}
