package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// label is where a container carries the settings that it was made of.
const label = "gemba.settings"

// observed is what was found of a container.
type observed struct {
	NoEngine bool              `json:"no_engine,omitempty"` // neither docker nor podman is there
	There    bool              `json:"there,omitempty"`
	Running  bool              `json:"running,omitempty"`
	Settings map[string]string `json:"settings,omitempty"` // that it was made of; nil when somebody else has made it
}

// engine runs docker, or podman where there is none.
func engine(ctx context.Context, sys resource.System, stdin string, words ...string) (string, error) {
	for _, program := range []string{"docker", "podman"} {
		out, err := sys.Run(ctx, resource.Command{Argv: append([]string{program}, words...), Stdin: []byte(stdin), Timeout: 30 * time.Minute})
		if !errors.Is(err, fs.ErrNotExist) {
			return string(out.Stdout), err
		}
	}
	return "", errNoEngine
}

var errNoEngine = errors.New(`there is neither docker nor podman on the host; declare package "podman" or "docker.io"`)

func observe(ctx context.Context, sys resource.System, d declared) (observed, error) {
	text, err := engine(ctx, sys, "", "container", "inspect", d.Name)
	var exit *resource.ExitError
	switch {
	case errors.Is(err, errNoEngine):
		return observed{NoEngine: true}, nil
	case errors.As(err, &exit) && strings.Contains(strings.ToLower(string(exit.Stderr)), "no such"):
		return observed{}, nil
	case err != nil:
		return observed{}, fmt.Errorf("looking at the container: %w", err)
	}
	var all []struct {
		State  struct{ Running bool }
		Config struct{ Labels map[string]string }
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil || len(all) != 1 {
		return observed{}, fmt.Errorf("reading what is told of the container: %d of them, %w", len(all), err)
	}
	o := observed{There: true, Running: all[0].State.Running}
	if json.Unmarshal([]byte(all[0].Config.Labels[label]), &o.Settings) != nil {
		o.Settings = nil
	}
	return o, nil
}

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	if d.Absent {
		if !o.There {
			return resource.Difference{}
		}
		return resource.Difference{Action: gemba.ActionRemove, Diffs: []gemba.Diff{{Attribute: "image", From: o.Settings["image"]}}}
	}
	difference := resource.Difference{Action: gemba.ActionUpdate}
	want := d.settings()
	if !maps.Equal(want, o.Settings) {
		names := slices.Sorted(maps.Keys(want))
		for name := range o.Settings {
			if _, both := want[name]; !both {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			if want[name] != o.Settings[name] {
				difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: name, From: o.Settings[name], To: want[name]})
			}
		}
	}
	if !o.There {
		difference.Action = gemba.ActionCreate
	} else if o.Running != d.runs() {
		words := map[bool]string{true: "running", false: "stopped"}
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: "running", From: words[o.Running], To: words[d.runs()]})
	}
	if difference.Diffs == nil {
		return resource.Difference{}
	}
	if o.NoEngine {
		difference.May = "neither docker nor podman is there yet"
	}
	return difference
}
