package unit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// observed is what was found of a unit.
type observed struct {
	Load    string       `json:"load"`
	Active  string       `json:"active,omitempty"` // "" where no systemd runs
	Looping bool         `json:"looping,omitempty"`
	Enabled string       `json:"enabled,omitempty"`
	Unread  bool         `json:"unread,omitempty"` // its files were changed since systemd read them
	Reloads bool         `json:"reloads,omitempty"`
	Ends    bool         `json:"ends,omitempty"`  // it does its work and ends
	Older   bool         `json:"older,omitempty"` // it was started before its own file was written
	Digest  gemba.Digest `json:"digest,omitempty"`
	Size    int64        `json:"size,omitempty"`
	File    bool         `json:"file,omitempty"`    // what is declared of its files is there; of an absent one: its file
	DropIn  bool         `json:"drop_in,omitempty"` // of an absent one
}

func observe(ctx context.Context, sys resource.System, d declared) (observed, error) {
	p, err := ask(ctx, sys, d)
	if err != nil {
		return observed{}, err
	}
	o := observed{
		Load: p["LoadState"], Active: p["ActiveState"], Enabled: p["UnitFileState"],
		Looping: p["SubState"] == "auto-restart",
		Unread:  p["NeedDaemonReload"] == "yes", Reloads: p["CanReload"] == "yes",
		Ends: p["Type"] == "oneshot" && p["RemainAfterExit"] == "no",
	}
	if d.Absent {
		if o.File, err = isFile(sys, d.file()); err == nil {
			o.DropIn, err = isFile(sys, d.dropIn())
		}
		return o, err
	}
	at, body := d.own()
	if body == nil {
		return o, nil
	}
	info, err := sys.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) && o.Enabled == "" && wanted(sys, d.Name) {
		o.Enabled = "enabled" // as soon as its file is there again
	}
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Type != resource.Regular {
		return o, nil // a link, such as that of a mask, is replaced
	}
	if err != nil {
		return o, err
	}
	text, err := sys.ReadFile(at)
	if err != nil {
		return o, fmt.Errorf("reading %s: %w", at, err)
	}
	sum := sha256.Sum256(text)
	o.File, o.Digest, o.Size = true, gemba.Digest("sha256:"+hex.EncodeToString(sum[:])), int64(len(text))
	o.Older = o.runs() && older(p["ActiveEnterTimestamp"], info.Modified)
	return o, nil
}

// wanted reports whether a link to a unit was left where others start it, as when only its file was removed: systemd tells nothing of it.
func wanted(sys resource.System, name string) bool {
	dirs, err := sys.ReadDir(systemDir)
	for _, dir := range dirs {
		if ext := path.Ext(dir); err == nil && (ext == ".wants" || ext == ".requires") {
			if info, err := resource.Look(sys, path.Join(systemDir, dir, name)); err == nil && info.Type == resource.Symlink {
				return true
			}
		}
	}
	return false
}

// isFile reports whether there is a regular file: the link of a mask or an alias is none.
func isFile(sys resource.System, path string) (bool, error) {
	info, err := sys.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return info.Type == resource.Regular, err
}

// older reports whether a unit was started in a second before that of a change, as when an apply was cut short between the two. A time
// that lies ahead says nothing: the clock was wrong then.
func older(started string, changed time.Time) bool {
	at, err := time.ParseInLocation("Mon 2006-01-02 15:04:05 MST", started, time.UTC)
	if err != nil || changed.After(time.Now()) {
		return false
	}
	return at.Before(changed.Truncate(time.Second))
}

// runs reports whether the unit runs, or is on its way; one that is started again and again is not.
func (o observed) runs() bool {
	return !o.Looping && (o.Active == "active" || o.Active == "reloading" || o.Active == "refreshing" || o.Active == "activating")
}

// starts reports whether the unit is started with the system, or by others as its file says.
func (o observed) starts() bool {
	switch o.Enabled {
	case "enabled", "generated", "indirect", "alias":
		return true
	}
	return false
}

// linked reports whether there is something that disabling would take away.
func (o observed) linked() bool {
	return o.Enabled == "enabled" || o.Enabled == "enabled-runtime" || o.Enabled == "linked" || o.Enabled == "linked-runtime"
}

func (o observed) masked() bool { return o.Enabled == "masked" || o.Enabled == "masked-runtime" }

// current is the text that is there, for people to compare.
func current(_ context.Context, sys resource.System, d declared) []byte {
	at, _ := d.own()
	text, err := sys.ReadFile(at)
	if err != nil {
		return nil
	}
	return text
}
