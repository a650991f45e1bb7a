package kernelmodule

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "kernel_module".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Observe: observe, Diff: diff, Apply: apply, AtStart: atStart,
	}.Kind()
}

// declared is what is declared of a module.
type declared struct {
	Name      string `json:"name"`
	Options   string `json:"options"`
	Blacklist bool   `json:"blacklist"`
	Absent    bool   `json:"absent"`
}

// observed is what was found.
type observed struct {
	Load    kept `json:"load"`
	Rules   kept `json:"rules"`
	Live    bool `json:"live"`
	Loaded  bool `json:"loaded"`
	BuiltIn bool `json:"builtin"` // it is a part of the kernel, and can be neither loaded nor unloaded
}

// kept is one of the files that hold from the next start on.
type kept struct {
	There   bool   `json:"there"`
	Content string `json:"content,omitempty"`
}

const head = "# Gemba writes this file; what is changed by hand does not stay.\n"

func (d declared) loadFile() string  { return "/etc/modules-load.d/gemba-" + d.Name + ".conf" }
func (d declared) rulesFile() string { return "/etc/modprobe.d/gemba-" + d.Name + ".conf" }

// load and rules are the contents of the files; "" for one that is not to be there.
func (d declared) load() string {
	if d.Absent || d.Blacklist {
		return ""
	}
	return head + d.Name + "\n"
}

func (d declared) rules() string {
	switch {
	case d.Absent:
		return ""
	case d.Blacklist: // blacklist alone keeps it from being loaded for a device, not by name
		return head + "blacklist " + d.Name + "\ninstall " + d.Name + " /bin/false\n"
	case d.Options != "":
		return head + "options " + d.Name + " " + d.Options + "\n"
	}
	return ""
}

func check(d *declared) error {
	switch {
	case strings.ContainsFunc(d.Name, func(c rune) bool {
		return c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}) || strings.HasPrefix(d.Name, "-"):
		return errors.New("a module's name is made of letters, digits, _ and -")
	case d.Absent && (d.Options != "" || d.Blacklist):
		return errors.New("what is absent has nothing else")
	case d.Blacklist && d.Options != "":
		return errors.New("a module that is never loaded has no options")
	case strings.ContainsAny(d.Options, "\r\n\x00\\") || d.Options != strings.TrimSpace(d.Options):
		return errors.New("options are on one line, without blanks around them")
	}
	return nil
}

func needs(d declared) []resource.Token {
	return append(resource.Parents(d.loadFile()), resource.Parents(d.rulesFile())...)
}

func provides(d declared) []resource.Token {
	return []resource.Token{resource.Path(d.loadFile()), resource.Path(d.rulesFile())}
}

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	var err error
	if o.Load, err = look(sys, d.loadFile()); err != nil {
		return o, err
	}
	if o.Rules, err = look(sys, d.rulesFile()); err != nil {
		return o, err
	}
	if o.Live = sys.Live(); !o.Live || d.Absent {
		return o, nil
	}
	modules, err := sys.ReadFile("/proc/modules")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	for line := range strings.Lines(string(modules)) {
		name, _, _ := strings.Cut(line, " ")
		o.Loaded = o.Loaded || same(name, d.Name)
	}
	o.BuiltIn = !o.Loaded && builtIn(sys, d.Name)
	return o, nil
}

func look(sys resource.System, name string) (kept, error) {
	content, err := sys.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, nil
	}
	return kept{true, string(content)}, err
}

// same compares names as the kernel does: it knows no difference between - and _.
func same(a, b string) bool {
	return strings.ReplaceAll(a, "-", "_") == strings.ReplaceAll(b, "-", "_")
}

func builtIn(sys resource.System, name string) bool {
	release, known := resource.ReadKernel(sys, "kernel/osrelease")
	if !known || strings.Contains(release, "/") {
		return false
	}
	list, err := sys.ReadFile("/lib/modules/" + release + "/modules.builtin")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(list)) {
		if same(strings.TrimSuffix(path.Base(strings.TrimSpace(line)), ".ko"), name) {
			return true
		}
	}
	return false
}

// running is whether the running kernel has to have it changed, and to what.
func running(d declared, o observed) (changes, load bool) {
	if !o.Live || d.Absent || o.BuiltIn {
		return false, false
	}
	return o.Loaded == d.Blacklist, !d.Blacklist
}

func diff(d declared, o observed) resource.Difference {
	difference := resource.Difference{Action: gemba.ActionUpdate}
	differ := func(attribute, from, to string) {
		difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: attribute, From: strings.TrimPrefix(from, head), To: strings.TrimPrefix(to, head)})
	}
	if o.Load.Content != d.load() || o.Load.There && d.load() == "" {
		differ("at start", o.Load.Content, d.load())
	}
	if o.Rules.Content != d.rules() || o.Rules.There && d.rules() == "" {
		differ("rules", o.Rules.Content, d.rules())
	}
	if changes, load := running(d, o); changes && load {
		differ("loaded", "false", "true")
	} else if changes {
		differ("loaded", "true", "false")
	}
	switch {
	case len(difference.Diffs) == 0:
		return resource.Difference{}
	case d.Absent:
		difference.Action = gemba.ActionRemove
	case !o.Load.There && !o.Rules.There:
		difference.Action = gemba.ActionCreate
	}
	return difference
}

func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	for _, file := range []struct {
		path, want string
		is         kept
	}{{d.rulesFile(), d.rules(), o.Rules}, {d.loadFile(), d.load(), o.Load}} { // rules first: loading reads them
		var err error
		switch {
		case file.want == "" && file.is.There:
			err = sys.Remove(file.path)
		case file.want != file.is.Content:
			err = sys.Write(file.path, strings.NewReader(file.want), resource.Meta{Mode: 0o644})
		}
		if err != nil {
			return err
		}
	}
	changes, load := running(d, o)
	if !changes {
		return nil
	}
	argv := []string{"modprobe", "--", d.Name}
	if !load {
		argv = []string{"modprobe", "-r", "--", d.Name}
	}
	_, err := sys.Run(ctx, resource.Command{Argv: argv})
	return err
}

// atStart is what a root filesystem leaves to the start of a host.
func atStart(d declared, _ observed) *gemba.Residue {
	if d.Absent || d.Blacklist {
		return nil
	}
	return &gemba.Residue{What: "it is loaded when the system starts"}
}
