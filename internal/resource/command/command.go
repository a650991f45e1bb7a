package command

import (
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"gemba/internal/resource"
)

// Kind is the resource kind "command".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply, OnNotify: onNotify, Notified: apply,
	}.Kind()
}

// declared is what is declared of a command.
type declared struct {
	Name         string            `json:"name"`
	Run          []string          `json:"run"`
	Script       string            `json:"script"`
	Creates      string            `json:"creates"`
	Unless       []string          `json:"unless"`
	OnlyIf       []string          `json:"only_if"`
	WhenNotified bool              `json:"when_notified"`
	Cwd          string            `json:"cwd"`
	User         string            `json:"user"`
	Env          map[string]string `json:"env"`
	Timeout      string            `json:"timeout"`

	timeout time.Duration
}

// patience is how long a command may take that does not say so.
const patience = 30 * time.Minute

func check(d *declared) error {
	d.timeout = patience
	if d.Timeout != "" {
		var err error
		if d.timeout, err = time.ParseDuration(d.Timeout); err != nil || d.timeout <= 0 {
			return errors.New("the timeout is a duration, such as \"5m\"")
		}
	}
	for name, argv := range map[string][]string{"run": d.Run, "unless": d.Unless, "only_if": d.OnlyIf} {
		if argv != nil && (len(argv) == 0 || argv[0] == "") {
			return errors.New(name + " names no program")
		}
	}
	for name := range d.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return errors.New("a variable of the environment has a name without '='")
		}
	}
	switch {
	case d.Run == nil && d.Script == "":
		return errors.New("it has nothing to run: give it run or script")
	case d.Run != nil && d.Script != "":
		return errors.New("run and script exclude each other")
	}
	for name, p := range map[string]string{"creates": d.Creates, "cwd": d.Cwd} {
		if p != "" && (!path.IsAbs(p) || path.Clean(p) != p) {
			return errors.New(name + " is an absolute path")
		}
	}
	return nil
}

func needs(d declared) []resource.Token {
	var tokens []resource.Token
	for _, argv := range [][]string{d.Run, d.Unless, d.OnlyIf} {
		if len(argv) == 0 {
			continue
		}
		tokens = append(tokens, resource.Package(path.Base(argv[0])))
		if path.IsAbs(argv[0]) {
			tokens = append(append(tokens, resource.Path(argv[0])), resource.Parents(argv[0])...)
		}
	}
	if d.Cwd != "" {
		tokens = append(append(tokens, resource.Path(d.Cwd)), resource.Parents(d.Cwd)...)
	}
	if d.Creates != "" {
		tokens = append(tokens, resource.Parents(d.Creates)...)
	}
	if d.User != "" {
		tokens = append(tokens, resource.User(d.User))
	}
	return tokens
}

func provides(d declared) []resource.Token {
	if d.Creates == "" {
		return nil
	}
	return []resource.Token{resource.Path(d.Creates)}
}

// command is how words run that are declared of d.
func (d declared) command(argv []string) resource.Command {
	c := resource.Command{Argv: argv, Dir: d.Cwd, User: d.User, Timeout: d.timeout}
	for _, name := range slices.Sorted(maps.Keys(d.Env)) {
		c.Env = append(c.Env, name+"="+d.Env[name])
	}
	return c
}

// main is the command itself. A script comes by standard input, where no list of processes shows what secrets it holds; it is read to its end
// first, so that nothing that it runs can read the rest of it.
func (d declared) main() resource.Command {
	if d.Script == "" {
		return d.command(d.Run)
	}
	c := d.command([]string{"sh", "-e", "-c", `eval "$(cat)"`})
	c.Stdin = []byte(d.Script)
	return c
}
