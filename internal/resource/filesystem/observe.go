package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// observed is what was found on a device.
type observed struct {
	Live  bool   `json:"live,omitempty"`
	There bool   `json:"there,omitempty"` // there is such a device
	Holds string `json:"holds,omitempty"` // the type of the filesystem, or in words what else; "" for nothing
	Label string `json:"label,omitempty"`
}

// observe reads the device itself: what the system remembers of it may be old.
func observe(ctx context.Context, sys resource.System, d declared) (observed, error) {
	o := observed{Live: sys.Live()}
	if !o.Live {
		return o, nil
	}
	if _, err := sys.Stat(d.Name); errors.Is(err, fs.ErrNotExist) {
		return o, nil
	} else if err != nil {
		return o, err
	}
	o.There = true
	out, err := sys.Run(ctx, resource.Command{Argv: []string{"blkid", "-p", "-o", "export", d.Name}, Timeout: time.Minute})
	var exit *resource.ExitError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return o, errors.New(`there is no blkid on the host; declare package "util-linux"`)
	case errors.As(err, &exit) && exit.Code == 2 && strings.TrimSpace(string(exit.Stderr)) == "": // nothing was found: blkid(8)
		return o, nil
	case errors.As(err, &exit) && exit.Code == 8:
		o.Holds = "signs of more than one thing"
		return o, nil
	case err != nil:
		return o, fmt.Errorf("looking at %s: %w", d.Name, err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(out.Stdout)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		found[key] = unescape(value)
	}
	o.Label = found["LABEL"]
	switch {
	case found["TYPE"] != "":
		o.Holds = found["TYPE"]
	case found["PTTYPE"] != "":
		o.Holds = "a table of partitions (" + found["PTTYPE"] + ")"
	}
	return o, nil
}

// unescape takes the backslashes out that blkid puts before what a shell would read.
func unescape(text string) string {
	var b strings.Builder
	escaped := false
	for _, c := range text {
		if c == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		b.WriteRune(c)
	}
	return b.String()
}

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	var diffs []gemba.Diff
	switch {
	case !o.Live:
		return resource.Difference{}
	case !o.There:
		return resource.Difference{Action: gemba.ActionCreate, Diffs: []gemba.Diff{{Attribute: "type", To: d.Type}}, May: "there is no such device yet"}
	case o.Holds != d.Type:
		diffs = append(diffs, gemba.Diff{Attribute: "type", From: o.Holds, To: d.Type})
		if d.Label != "" {
			diffs = append(diffs, gemba.Diff{Attribute: "label", To: d.Label})
		}
		difference := resource.Difference{Action: gemba.ActionUpdate, Diffs: diffs}
		if o.Holds == "" {
			difference.Action = gemba.ActionCreate
		} else if !d.Force {
			difference.May = "it holds " + o.Holds + ", and is not formatted without force"
		}
		return difference
	case d.Label != "" && o.Label != d.Label:
		return resource.Difference{Action: gemba.ActionUpdate, Diffs: []gemba.Diff{{Attribute: "label", From: o.Label, To: d.Label}}}
	}
	return resource.Difference{}
}

// apply formats the device, or writes a label. It looks again right before: a device may have been filled since.
func apply(ctx context.Context, sys resource.System, d declared, _ observed) error {
	sys.Cache().Clear()
	o, err := observe(ctx, sys, d)
	switch {
	case err != nil:
		return err
	case !o.There:
		return fmt.Errorf("there is no device %s", d.Name)
	case o.Holds == d.Type:
		if d.Label == "" || d.Label == o.Label {
			return nil
		}
		return run(ctx, sys, d, d.tools.label(d.Name, d.Label))
	case o.Holds != "" && !d.Force:
		return fmt.Errorf("%s holds %s, which would be lost; look at it, and declare force if it is not wanted", d.Name, o.Holds)
	}
	// blkid says of a device that it cannot read the same as of an empty one.
	if err := run(ctx, sys, d, []string{"dd", "if=" + d.Name, "of=/dev/null", "bs=1M", "count=1", "status=none"}); err != nil {
		return fmt.Errorf("%s cannot be read, and may hold something: %w", d.Name, err)
	}
	argv := append([]string{}, d.tools.format...)
	if o.Holds != "" {
		argv = append(argv, d.tools.force)
	}
	if d.Label != "" {
		argv = append(argv, d.tools.named, d.Label)
	}
	return run(ctx, sys, d, append(argv, d.Name))
}

func run(ctx context.Context, sys resource.System, d declared, argv []string) error {
	_, err := sys.Run(ctx, resource.Command{Argv: argv, Timeout: time.Hour})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s on the host; declare package %q", argv[0], d.tools.pack)
	}
	return err
}
