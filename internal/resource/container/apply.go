package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gemba/internal/resource"
)

// apply makes the container anew when its settings differ, and starts or stops it. The image is fetched first: for as long as that takes the old
// one goes on running.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if d.Absent {
		return remove(ctx, sys, d)
	}
	if o.There && maps.Equal(d.settings(), o.Settings) {
		return turn(ctx, sys, d)
	}
	if err := fetch(ctx, sys, d); err != nil {
		return err
	}
	if o.There {
		if err := remove(ctx, sys, d); err != nil {
			return err
		}
	}
	argv, env, err := d.create()
	if err != nil {
		return err
	}
	if _, err := engine(ctx, sys, env, argv...); err != nil {
		return say("making the container", err)
	}
	if !d.runs() {
		return nil
	}
	return turn(ctx, sys, d)
}

// fetch gets the image; one that was built on the host, and is nowhere else, is there already.
func fetch(ctx context.Context, sys resource.System, d declared) error {
	_, err := engine(ctx, sys, "", "pull", "--quiet", d.Image)
	var exit *resource.ExitError
	if errors.As(err, &exit) {
		if _, missing := engine(ctx, sys, "", "image", "inspect", d.Image); missing == nil {
			return nil
		}
	}
	return say("fetching "+d.Image, err)
}

// create is what the engine is told to make the container. Variables go by standard input: lists of processes show arguments.
func (d declared) create() (argv []string, env string, err error) {
	settings, err := json.Marshal(d.settings())
	if err != nil {
		return nil, "", err
	}
	argv = []string{"container", "create", "--name", d.Name, "--restart", d.Restart, "--label", label + "=" + string(settings)}
	for _, port := range d.Ports {
		argv = append(argv, "--publish", port)
	}
	for _, volume := range d.Volumes {
		argv = append(argv, "--volume", volume)
	}
	if d.Network != "" {
		argv = append(argv, "--network", d.Network)
	}
	if d.User != "" {
		argv = append(argv, "--user", d.User)
	}
	if len(d.Env) > 0 {
		argv = append(argv, "--env-file", "/dev/stdin")
		for _, name := range slices.Sorted(maps.Keys(d.Env)) {
			env += name + "=" + d.Env[name] + "\n"
		}
	}
	return append(append(argv, d.Image), d.Command...), env, nil
}

func turn(ctx context.Context, sys resource.System, d declared) error {
	word := "stop"
	if d.runs() {
		word = "start"
	}
	_, err := engine(ctx, sys, "", "container", word, d.Name)
	return withLogs(ctx, sys, d, say("to "+word+" it", err))
}

func remove(ctx context.Context, sys resource.System, d declared) error {
	if _, err := engine(ctx, sys, "", "container", "stop", d.Name); err != nil { // it may save what it has in memory
		return say("stopping it", err)
	}
	_, err := engine(ctx, sys, "", "container", "rm", "--force", d.Name)
	return say("removing it", err)
}

func notified(ctx context.Context, sys resource.System, d declared, _ observed) error {
	_, err := engine(ctx, sys, "", "container", "restart", d.Name)
	return withLogs(ctx, sys, d, say("restarting it", err))
}

// say is the last line of what the engine said.
func say(doing string, err error) error {
	var exit *resource.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
	return &failure{says: fmt.Sprintf("%s: %s", doing, lines[len(lines)-1]), err: err}
}

// withLogs adds the last lines of what the container itself printed.
func withLogs(ctx context.Context, sys resource.System, d declared, err error) error {
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	if text, failed := engine(ctx, sys, "", "container", "logs", "--tail", "20", d.Name); failed == nil && strings.TrimSpace(text) != "" {
		f.log = strings.Split(strings.TrimSpace(text), "\n")
	}
	return f
}

// failure is a container that did not do as it was told.
type failure struct {
	says string
	err  error
	log  []string
}

func (f *failure) Error() string { return f.says }
func (f *failure) Unwrap() error { return f.err }

// Log is the last of what the container printed.
func (f *failure) Log() []string { return f.log }
