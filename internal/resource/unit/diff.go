package unit

import (
	"fmt"

	"gemba"
	"gemba/internal/resource"
)

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	var diffs []gemba.Diff
	differ := func(when bool, attribute, from, to string) {
		if when {
			diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	live := o.Active != ""
	if d.Absent {
		differ(o.runs() || o.Looping, "running", o.says(), "stopped")
		differ(o.linked(), "enabled", o.Enabled, "")
		differ(o.File, "content", d.file(), "")
		differ(o.DropIn, "override", d.dropIn(), "")
		differ(o.Unread, "loaded", "as it was before its files were changed", "as its files say")
		if len(diffs) == 0 {
			return resource.Difference{}
		}
		return resource.Difference{Action: gemba.ActionRemove, Diffs: diffs}
	}
	action := gemba.ActionUpdate
	if _, body := d.own(); body != nil {
		attribute, from := "content", ""
		if d.Override != nil {
			attribute = "override"
		}
		if o.File {
			from = shown(o.Digest, o.Size)
		} else if d.Content != nil {
			action = gemba.ActionCreate
		}
		differ(!o.File || o.Digest != body.Digest, attribute, from, shown(body.Digest, body.Size))
		differ(live && o.File && o.Digest == body.Digest && o.Older && yes(d.Running), "process", "started before its file was written", "restarted")
	}
	differ(o.Unread && (yes(d.Running) || d.Content != nil || d.Override != nil), "loaded", "as it was before its files were changed", "as its files say")
	differ(yes(d.Masked) && o.Enabled != "masked" || no(d.Masked) && o.masked(), "masked", maskedWord(o.masked()), maskedWord(yes(d.Masked)))
	differ(yes(d.Enabled) && !o.starts(), "enabled", or(o.Enabled, "no unit"), "enabled")
	differ(no(d.Enabled) && o.linked(), "enabled", o.Enabled, "disabled")
	if live { // in a root filesystem nothing runs, and nothing is to
		differ(yes(d.Running) && !o.runs(), "running", o.says(), "running")
		differ(no(d.Running) && (o.runs() || o.Looping), "running", o.says(), "stopped")
	}
	if len(diffs) == 0 {
		return resource.Difference{}
	}
	return resource.Difference{Action: action, Diffs: diffs, May: uncertain(d, o)}
}

func uncertain(d declared, o observed) string {
	switch {
	case o.Load == "not-found" && d.Content == nil && (yes(d.Running) || yes(d.Enabled)):
		return "there is no such unit yet, and what brings it may start and enable it by itself"
	case o.Ends && yes(d.Running) && !o.runs() && (d.Content == nil || o.Digest == d.Content.Digest): // another file may say otherwise
		return "it does its work and ends, and is started whenever it is not at work"
	}
	return ""
}

// says is the unit's activity in people's words.
func (o observed) says() string {
	switch {
	case o.Load == "not-found":
		return "no unit"
	case o.Looping:
		return "failing and starting again"
	case o.runs():
		return "running"
	case o.Active == "failed":
		return "failed"
	}
	return "stopped"
}

func maskedWord(masked bool) string {
	if masked {
		return "masked"
	}
	return "not masked"
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func shown(digest gemba.Digest, size int64) string {
	return fmt.Sprintf("%s, %d bytes", digest.Short(), size)
}
