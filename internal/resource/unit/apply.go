package unit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"gemba"
	"gemba/internal/resource"
)

// apply makes the unit what is declared of it: its files first, then what systemd makes of them, and what runs last.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if d.Absent {
		return remove(ctx, sys, d, o)
	}
	if no(d.Masked) && o.masked() { // its link is where the file would be
		if _, err := systemctl(ctx, sys, offline(sys, "unmask", "--", d.Name)...); err != nil {
			return say(err)
		}
		sys.Cache().Clear()
		var err error
		if o, err = observe(ctx, sys, d); err != nil { // what the mask has hidden shows now
			return err
		}
	}
	wrote, err := write(ctx, sys, d, o)
	if err != nil {
		return err
	}
	if sys.Live() && (wrote || o.Unread) {
		if _, err := systemctl(ctx, sys, "daemon-reload"); err != nil {
			return say(err)
		}
	}
	if err := enable(ctx, sys, d, o, wrote); err != nil {
		return err
	}
	if sys.Live() {
		if err := run(ctx, sys, d, o, wrote); err != nil {
			return err
		}
	}
	if yes(d.Masked) && o.Enabled != "masked" {
		if _, err := systemctl(ctx, sys, offline(sys, "mask", "--", d.Name)...); err != nil {
			return say(err)
		}
	}
	return nil
}

// write puts the unit's own file there. It reports whether it had to.
func write(ctx context.Context, sys resource.System, d declared, o observed) (bool, error) {
	at, body := d.own()
	if body == nil || o.File && o.Digest == body.Digest {
		return false, nil
	}
	if err := sys.Mkdir(path.Dir(at), resource.Meta{Mode: 0o755}); err != nil && !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	text, err := sys.Body(ctx, body.Digest)
	if err != nil {
		return false, err
	}
	defer text.Close()
	return true, sys.Write(at, text, resource.Meta{Mode: 0o644})
}

func enable(ctx context.Context, sys resource.System, d declared, o observed, wrote bool) error {
	var word string
	switch {
	case yes(d.Enabled) && wrote && d.Content != nil && o.linked():
		word = "reenable" // its [Install] section may say something else now
	case yes(d.Enabled) && !o.starts():
		word = "enable"
	case no(d.Enabled) && o.linked():
		word = "disable"
	default:
		return nil
	}
	if o.Enabled == "static" && word == "enable" && !wrote {
		return fmt.Errorf("%s has no [Install] section: others start it, and it cannot be enabled; take `enabled` out", d.Name)
	}
	_, err := systemctl(ctx, sys, offline(sys, word, "--", d.Name)...)
	return say(err)
}

// run starts, restarts or stops the unit.
func run(ctx context.Context, sys resource.System, d declared, o observed, wrote bool) error {
	var word string
	switch {
	case no(d.Running) && (o.runs() || o.Looping):
		word = "stop"
	case yes(d.Running) && o.runs() && (wrote || o.Older || o.Unread):
		word = "restart"
	case yes(d.Running) && !o.runs():
		word = "start"
	default:
		return nil
	}
	if o.Active == "failed" && word == "start" { // it may have failed so often that systemd refuses to try again
		if _, err := systemctl(ctx, sys, "reset-failed", "--", d.Name); err != nil {
			return say(err)
		}
	}
	if _, err := systemctl(ctx, sys, word, "--", d.Name); err != nil {
		return withJournal(ctx, sys, d, err)
	}
	if word == "stop" {
		return nil
	}
	sys.Cache().Clear()
	now, err := observe(ctx, sys, d)
	if err == nil && !now.runs() && !now.Ends {
		err = withJournal(ctx, sys, d, fmt.Errorf("it was started, and is %s now", now.says()))
	}
	return err
}

// remove takes away what of the unit is ours, and leaves nothing of it running.
func remove(ctx context.Context, sys resource.System, d declared, o observed) error {
	if o.runs() || o.Looping {
		if _, err := systemctl(ctx, sys, "stop", "--", d.Name); err != nil {
			return withJournal(ctx, sys, d, err)
		}
	}
	if o.linked() {
		if _, err := systemctl(ctx, sys, offline(sys, "disable", "--", d.Name)...); err != nil {
			return say(err)
		}
	}
	// The files of which one is not ours would be others' links and directories.
	if o.DropIn {
		if err := sys.Remove(d.dropIn()); err != nil {
			return err
		}
		_ = sys.Remove(path.Dir(d.dropIn())) // unless somebody else has something there
	}
	if o.File {
		if err := sys.Remove(d.file()); err != nil {
			return err
		}
	}
	if !sys.Live() || !o.File && !o.DropIn && !o.Unread {
		return nil
	}
	if _, err := systemctl(ctx, sys, "daemon-reload"); err != nil {
		return say(err)
	}
	return nil
}

// onNotify is what being told means now: nothing, unless the unit runs.
func onNotify(d declared, o observed) gemba.Action {
	switch {
	case d.Absent || !o.runs() || no(d.Running):
		return ""
	case d.OnNotify == "restart" || d.OnNotify != "reload" && !o.Reloads:
		return gemba.ActionRestart
	}
	return gemba.ActionReload
}

// notified reloads or restarts the unit; what was changed may have been a file of its own.
func notified(ctx context.Context, sys resource.System, d declared, o observed) error {
	if now, err := observe(ctx, sys, d); err == nil {
		o = now
	}
	if o.Unread {
		if _, err := systemctl(ctx, sys, "daemon-reload"); err != nil {
			return say(err)
		}
	}
	word := d.OnNotify
	if word == "" {
		word = "reload-or-restart"
	}
	if _, err := systemctl(ctx, sys, word, "--", d.Name); err != nil {
		return withJournal(ctx, sys, d, err)
	}
	return nil
}
