package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// observed is what the questions were answered.
type observed struct {
	Done   string `json:"done,omitempty"`   // why there is nothing to do
	Unsure string `json:"unsure,omitempty"` // why a question cannot be asked yet
}

func observe(ctx context.Context, sys resource.System, d declared) (observed, error) {
	if d.Creates != "" {
		_, err := sys.Lstat(d.Creates)
		if err == nil {
			return observed{Done: "creates"}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return observed{}, err
		}
	}
	for _, question := range []struct {
		name string
		argv []string
		done bool // what an answer of 0 says
	}{{"unless", d.Unless, true}, {"only_if", d.OnlyIf, false}} {
		if question.argv == nil {
			continue
		}
		yes, unsure, err := ask(ctx, sys, d, question.name, question.argv)
		if err != nil || unsure != "" {
			return observed{Unsure: unsure}, err
		}
		if yes == question.done {
			return observed{Done: question.name}, nil
		}
	}
	return observed{}, nil
}

// ask asks a question. Its program, directory and user may come with other resources: then it cannot be asked yet.
func ask(ctx context.Context, sys resource.System, d declared, name string, argv []string) (yes bool, unsure string, err error) {
	if d.Cwd != "" {
		if _, err := sys.Stat(d.Cwd); errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Sprintf("%s cannot be asked yet: %s is not there", name, d.Cwd), nil
		}
	}
	if d.User != "" {
		accounts, err := sys.Accounts()
		if err != nil {
			return false, "", err
		}
		if _, err := accounts.UID(d.User); err != nil {
			return false, fmt.Sprintf("%s cannot be asked yet: %v", name, err), nil
		}
	}
	_, err = sys.Run(ctx, d.command(argv))
	var exit *resource.ExitError
	switch {
	case errors.As(err, &exit):
		return false, "", nil
	case errors.Is(err, fs.ErrNotExist):
		return false, fmt.Sprintf("%s cannot be asked yet: there is no program %s", name, argv[0]), nil
	case err != nil:
		return false, "", fmt.Errorf("asking %s: %w", name, err)
	}
	return true, "", nil
}

// diff is that it will run, or nothing.
func diff(d declared, o observed) resource.Difference {
	if d.WhenNotified || o.Done != "" {
		return resource.Difference{}
	}
	difference := resource.Difference{Action: gemba.ActionRun, Diffs: []gemba.Diff{shown(d)}, May: o.Unsure}
	if d.Creates == "" && d.Unless == nil && d.OnlyIf == nil {
		difference.May = "it runs at every apply: neither creates, unless nor only_if says when it is done"
	}
	return difference
}

func shown(d declared) gemba.Diff {
	if d.Script == "" {
		return gemba.Diff{Attribute: "run", To: strings.Join(d.Run, " ")}
	}
	first, rest, more := strings.Cut(strings.TrimSpace(d.Script), "\n")
	if more {
		first += fmt.Sprintf(" … and %d lines more", strings.Count(rest, "\n")+1)
	}
	return gemba.Diff{Attribute: "script", To: first}
}

// onNotify is to run, for one that waits for nothing else.
func onNotify(d declared, o observed) gemba.Action {
	if !d.WhenNotified || o.Done != "" {
		return ""
	}
	return gemba.ActionRun
}
