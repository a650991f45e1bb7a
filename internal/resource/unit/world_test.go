package unit_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"gemba/internal/resource"
	"gemba/internal/resource/memory"
)

// world is a systemctl that keeps what it knows in the host's files: /run/active/NAME holds since when a unit runs and what systemd read of its
// files. It knows the units that have a file, and refuses what it is not asked in the tests.
type world struct{ h *memory.Host }

const (
	etc     = "/etc/systemd/system/"
	vendor  = "/usr/lib/systemd/system/"
	install = "\n[Install]\nWantedBy=multi-user.target\n"
)

func newWorld(h *memory.Host) *world {
	for _, dir := range []string{"/etc/systemd", etc, "/usr/lib", "/usr/lib/systemd", vendor, etc + "multi-user.target.wants", "/run", "/run/active"} {
		if err := h.Mkdir(strings.TrimSuffix(dir, "/"), resource.Meta{Mode: 0o755}); err != nil {
			panic(err)
		}
	}
	w := &world{h}
	h.Program("systemctl", w.systemctl)
	h.Program("journalctl", func(_ *memory.Host, c resource.Command) (resource.Output, error) {
		if strings.Join(c.Argv[1:2], "")+strings.Join(c.Argv[3:], " ") != "-u-n 20 --no-pager -o short" {
			return resource.Output{}, fmt.Errorf("unknown: %v", c.Argv)
		}
		return resource.Output{Stdout: []byte("Nov 24 10:00:00 web " + c.Argv[2] + "[7]: no config\n")}, nil
	})
	h.Calls = nil
	return w
}

// text is what the files of a unit say; false when it has none.
func (w *world) text(name string) (string, bool) {
	names := []string{name}
	if stem, rest, is := strings.Cut(name, "@"); is {
		names = append(names, stem+"@"+path.Ext(rest))
	}
	for _, dir := range []string{etc, vendor} {
		for _, n := range names {
			if info, err := w.h.Lstat(dir + n); err == nil && info.Type == resource.Regular {
				return w.h.Text(dir+n) + w.h.Text(etc+name+".d/10-gemba.conf"), true
			}
		}
	}
	return "", false
}

func (w *world) masked(name string) bool {
	info, err := w.h.Lstat(etc + name)
	return err == nil && info.Target == "/dev/null"
}

func (w *world) start(name string, at time.Time) {
	text, _ := w.text(name)
	w.h.Set("/run/active/"+name, at.UTC().Format("Mon 2006-01-02 15:04:05 MST")+"\n"+text)
}

func (w *world) active(name string) (since, loaded string, yes bool) {
	text := w.h.Text("/run/active/" + name)
	since, loaded, _ = strings.Cut(text, "\n")
	return since, loaded, text != ""
}

func (w *world) link(name string) string { return etc + "multi-user.target.wants/" + name }

func (w *world) file(name string) string {
	text, there := w.text(name)
	_, err := w.h.Lstat(w.link(name))
	switch {
	case w.masked(name):
		return "masked"
	case !there:
		return ""
	case err == nil:
		return "enabled"
	case !strings.Contains(text, "[Install]"):
		return "static"
	}
	return "disabled"
}

func (w *world) systemctl(h *memory.Host, c resource.Command) (resource.Output, error) {
	fail := func(format string, args ...any) (resource.Output, error) {
		return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte(fmt.Sprintf(format, args...))}
	}
	words := c.Argv[1:]
	root := words[0] == "--root=/"
	if root {
		words = words[1:]
	}
	if !h.Live() && !root {
		return fail("System has not been booted with systemd as init system (PID 1). Can't operate.")
	}
	if words[0] == "daemon-reload" && len(words) == 1 {
		names, _ := h.ReadDir("/run/active")
		for _, name := range names {
			since, _, _ := w.active(name)
			text, _ := w.text(name)
			h.Set("/run/active/"+name, since+"\n"+text)
		}
		return resource.Output{}, nil
	}
	i := slices.Index(words, "--")
	if i < 1 || len(words) == i+1 {
		return fail("Too few arguments.")
	}
	verb, names := strings.Join(words[:i], " "), words[i+1:]
	var out strings.Builder
	if strings.HasPrefix(verb, "show --property=Id,") {
		for i, name := range names {
			if strings.Contains(name, "@.") {
				return fail("Failed to get properties: Unit name %s is neither a valid invocation ID nor unit name.", name)
			}
			text, there := w.text(name)
			since, loaded, active := w.active(name)
			load, state, stale := "not-found", "inactive", "no"
			if there {
				load = "loaded"
			}
			if w.masked(name) {
				load = "masked"
			}
			if active {
				state = "active"
			}
			if active && loaded != text {
				stale = "yes"
			}
			reloads := "no"
			if strings.Contains(text, "ExecReload") {
				reloads = "yes"
			}
			kind := "simple"
			if strings.Contains(text, "Type=oneshot") {
				kind = "oneshot"
			}
			if i > 0 {
				out.WriteString("\n")
			}
			fmt.Fprintf(&out, "Id=%s\nLoadState=%s\nActiveState=%s\nSubState=x\nUnitFileState=%s\nNeedDaemonReload=%s\nCanReload=%s\nType=%s\nRemainAfterExit=no\nActiveEnterTimestamp=%s\n",
				name, load, state, w.file(name), stale, reloads, kind, since)
		}
		return resource.Output{Stdout: []byte(out.String())}, nil
	}
	if verb == "list-unit-files --no-legend --plain" {
		for _, name := range names {
			if state := w.file(name); state != "" {
				fmt.Fprintf(&out, "%s %s enabled\n", name, state)
			}
		}
		return resource.Output{Stdout: []byte(out.String())}, nil
	}
	name := names[0]
	text, there := w.text(name)
	_, _, active := w.active(name)
	if !there && verb != "mask" && verb != "unmask" {
		return fail("Failed to %s %s: Unit %s not found.", verb, name, name)
	}
	switch verb {
	case "enable", "reenable":
		if w.masked(name) {
			return fail("Failed to enable unit: Unit file %s is masked.", name)
		}
		if strings.Contains(text, "[Install]") {
			return resource.Output{}, h.Symlink("x", w.link(name))
		}
	case "disable":
		return resource.Output{}, h.Remove(w.link(name))
	case "mask":
		if info, err := h.Lstat(etc + name); err == nil && info.Type == resource.Regular {
			return fail("Failed to mask unit: File %s already exists.", etc+name)
		}
		return resource.Output{}, h.Symlink("/dev/null", etc+name)
	case "unmask":
		if w.masked(name) {
			return resource.Output{}, h.Remove(etc + name)
		}
	case "stop":
		return resource.Output{}, h.Remove("/run/active/" + name)
	case "start", "restart", "reload", "reload-or-restart":
		if root {
			return fail("Verb %s cannot be used with --root= or --image=.", verb)
		}
		if w.masked(name) {
			return fail("Failed to start %s: Unit %s is masked.", name, name)
		}
		if strings.Contains(text, "/bin/false") {
			return fail("Job for %s failed because the control process exited with error code.\nSee \"systemctl status %s\".\n", name, name)
		}
		if strings.HasPrefix(verb, "reload") && strings.Contains(text, "ExecReload") && active {
			return resource.Output{}, nil
		}
		if active { // it is started as systemd has read it, not as its files say
			_, loaded, _ := w.active(name)
			h.Set("/run/active/"+name, h.Now().UTC().Format("Mon 2006-01-02 15:04:05 MST")+"\n"+loaded)
			return resource.Output{}, nil
		}
		w.start(name, h.Now())
	default:
		return fail("Unknown command verb %s.", verb)
	}
	return resource.Output{}, nil
}
