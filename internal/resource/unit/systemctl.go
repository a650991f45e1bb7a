package unit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"gemba/internal/resource"
)

// properties are what systemctl is asked of each unit.
const properties = "--property=Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,CanReload,Type,RemainAfterExit,ActiveEnterTimestamp"

// systemctl runs it with a patience that suits starts of services.
func systemctl(ctx context.Context, sys resource.System, words ...string) (string, error) {
	// TZ makes times readable for a program.
	out, err := sys.Run(ctx, resource.Command{Argv: append([]string{"systemctl"}, words...), Env: []string{"TZ=UTC", "SYSTEMD_COLORS=0"}, Timeout: 10 * time.Minute})
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("there is no systemctl: units are managed where systemd is")
	}
	return string(out.Stdout), err
}

// offline are the first words for a root filesystem, where no systemd runs that could be asked.
func offline(sys resource.System, words ...string) []string {
	if sys.Live() {
		return words
	}
	return append([]string{"--root=/"}, words...)
}

// states are the properties of units by name.
type states map[string]map[string]string

// askAll asks once about all units. What systemd does not know is a state as well.
func askAll(ctx context.Context, sys resource.System, all []declared) (states, error) {
	var loaded, files []string
	for _, d := range all {
		if sys.Live() && !d.isTemplate() {
			loaded = append(loaded, d.Name)
		} else {
			files = append(files, d.Name)
		}
	}
	found := states{}
	if len(loaded) > 0 {
		if err := found.show(ctx, sys, loaded); err != nil {
			return nil, err
		}
	}
	if len(files) > 0 {
		if err := found.list(ctx, sys, files); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// show reads paragraphs of KEY=VALUE lines, one for each name, in their order.
func (s states) show(ctx context.Context, sys resource.System, names []string) error {
	slices.Sort(names)
	names = slices.Compact(names)
	text, err := systemctl(ctx, sys, append([]string{"show", properties, "--"}, names...)...)
	if err != nil {
		return err
	}
	paragraphs := strings.Split(strings.TrimSpace(text), "\n\n")
	if len(paragraphs) != len(names) {
		return fmt.Errorf("systemctl show told of %d units when asked about %d", len(paragraphs), len(names))
	}
	for i, paragraph := range paragraphs {
		s[names[i]] = map[string]string{}
		for line := range strings.Lines(paragraph) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			s[names[i]][key] = value
		}
	}
	return nil
}

// list reads lines of "NAME STATE [PRESET]", which need no running systemd.
func (s states) list(ctx context.Context, sys resource.System, names []string) error {
	text, err := systemctl(ctx, sys, append(offline(sys, "list-unit-files", "--no-legend", "--plain", "--"), names...)...)
	var exit *resource.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) == 0 { // newer ones end so when there is none
		err = nil
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		s[name] = map[string]string{"LoadState": "not-found"}
	}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) >= 2 && s[words[0]] != nil {
			s[words[0]] = map[string]string{"LoadState": "loaded", "UnitFileState": words[1]}
		}
	}
	return nil
}

// warm asks about all units in one call.
func warm(ctx context.Context, sys resource.System, all []declared) error {
	found, err := askAll(ctx, sys, all)
	if err != nil {
		return nil // each unit tells it when it is observed
	}
	for name, properties := range found {
		sys.Cache().Put("unit "+name, properties)
	}
	return nil
}

func ask(ctx context.Context, sys resource.System, d declared) (map[string]string, error) {
	found, err := sys.Cache().Once("unit "+d.Name, func() (any, error) {
		all, err := askAll(ctx, sys, []declared{d})
		return all[d.Name], err
	})
	if err != nil {
		return nil, err
	}
	return found.(map[string]string), nil
}
