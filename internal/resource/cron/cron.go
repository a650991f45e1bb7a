package cron

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "cron".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply, Foresee: resource.AsApplied(apply),
	}.Kind()
}

// declared is what is declared of a job.
type declared struct {
	Name     string            `json:"name"`
	Schedule string            `json:"schedule"`
	User     string            `json:"user"`
	Command  string            `json:"command"`
	Env      map[string]string `json:"env"`
	Absent   bool              `json:"absent"`

	text string // of the file
}

// observed is what was found.
type observed struct {
	resource.Info
	Content string `json:"content,omitempty"`
}

// initialUser is whom a job runs as where nothing else is written.
const initialUser = "root"

func (d declared) path() string { return "/etc/cron.d/" + d.Name }

func check(d *declared) error {
	for _, c := range d.Name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", c) {
			return fmt.Errorf("cron passes over a file with %q in its name: letters, digits, _ and - are allowed", c)
		}
	}
	if d.Absent {
		if d.Schedule != "" || d.User != "" && d.User != initialUser || d.Command != "" || d.Env != nil {
			return errors.New("what is absent has nothing else")
		}
		return nil
	}
	if d.User == "" {
		d.User = initialUser
	}
	if err := resource.CheckAccountName(d.User); err != nil {
		return fmt.Errorf("user: %w", err)
	}
	if err := checkSchedule(d.Schedule); err != nil {
		return err
	}
	if strings.TrimSpace(d.Command) == "" || strings.ContainsAny(d.Command, "\r\n\x00") {
		return errors.New("command is one line; what needs more is a script of its own")
	}
	var b strings.Builder
	b.WriteString("# Gemba writes this file; what is changed by hand does not stay.\n")
	for _, name := range sortedKeys(d.Env) {
		value, err := quoted(name, d.Env[name])
		if err != nil {
			return err
		}
		b.WriteString(name + "=" + value + "\n")
	}
	fields := strings.Join(strings.Fields(d.Schedule), " ")
	b.WriteString(fields + " " + d.User + " " + escaped(strings.TrimSpace(d.Command)) + "\n")
	d.text = b.String()
	return nil
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// escaped keeps a % from what cron makes of it: the end of the command, and the beginning of its input.
func escaped(command string) string {
	var b strings.Builder
	for i := 0; i < len(command); i++ {
		if command[i] == '%' && (i == 0 || command[i-1] != '\\') {
			b.WriteByte('\\')
		}
		b.WriteByte(command[i])
	}
	return b.String()
}

// quoted is a value as crontab(5) reads it: there is no escape in it, only a pair of quotes around the whole.
func quoted(name, value string) (string, error) {
	switch {
	case name == "" || name[0] >= '0' && name[0] <= '9' || strings.ContainsFunc(name, func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}):
		return "", fmt.Errorf("env: %q is no name of a variable", name)
	case strings.ContainsAny(value, "\r\n\x00"):
		return "", fmt.Errorf("env: the value of %s is more than one line, which cron cannot read", name)
	case value == strings.TrimSpace(value) && value != "" && !strings.ContainsAny(value, `"'`):
		return value, nil
	case !strings.Contains(value, `"`):
		return `"` + value + `"`, nil
	case !strings.Contains(value, `'`):
		return `'` + value + `'`, nil
	}
	return "", fmt.Errorf("env: the value of %s has both kinds of quotes, which cron cannot read", name)
}

func needs(d declared) []resource.Token {
	tokens := append(resource.Parents(d.path()), resource.Package("cron"))
	if d.User != "" {
		tokens = append(tokens, resource.User(d.User))
	}
	return tokens
}

func provides(d declared) []resource.Token { return []resource.Token{resource.Path(d.path())} }
