package repository

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// observed is what was found of a repository.
type observed struct {
	File string                  `json:"file,omitempty"` // its text
	Is   bool                    `json:"is,omitempty"`   // there is a file
	Keys map[string]gemba.Digest `json:"keys,omitempty"` // by path
}

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	o := observed{Keys: map[string]gemba.Digest{}}
	text, err := sys.ReadFile(d.file())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o, fmt.Errorf("reading %s: %w", d.file(), err)
	}
	o.File, o.Is = string(text), err == nil
	for _, at := range d.keys() {
		key, err := sys.ReadFile(at)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return o, fmt.Errorf("reading %s: %w", at, err)
		}
		sum := sha256.Sum256(key)
		o.Keys[at] = gemba.Digest("sha256:" + hex.EncodeToString(sum[:]))
	}
	return o, nil
}

// key is the path of the key when it alone is there and as declared; "" otherwise.
func (o observed) key(d declared) string {
	for at, digest := range o.Keys {
		if d.Key != nil && digest == d.Key.Digest && len(o.Keys) == 1 {
			return at
		}
	}
	return ""
}

// isAsDeclared reports whether the file says what is declared, wherever the key will be.
func (o observed) isAsDeclared(d declared) bool {
	if d.Key == nil {
		return o.File == d.text("")
	}
	if at := o.key(d); at != "" {
		return o.File == d.text(at)
	}
	for _, at := range d.keys() {
		if o.File == d.text(at) {
			return true
		}
	}
	return false
}

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	var diffs []gemba.Diff
	differ := func(attribute, from, to string) {
		diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
	}
	if d.Absent {
		if o.Is {
			differ("file", d.file(), "")
		}
		for _, at := range d.keys() {
			if o.Keys[at] != "" {
				differ("key", at, "")
			}
		}
		if diffs == nil {
			return resource.Difference{}
		}
		return resource.Difference{Action: gemba.ActionRemove, Diffs: diffs}
	}
	action := gemba.ActionUpdate
	if !o.Is {
		action = gemba.ActionCreate
	}
	if !o.isAsDeclared(d) {
		found := parse(o.File)
		for _, f := range d.fields("") {
			if is := found[f.key]; is != f.value && (f.key != "Signed-By" || d.Key == nil) {
				differ(f.attribute, is, f.value)
			}
		}
		if diffs == nil { // what differs is no field of ours
			differ("file", "another text", "as declared")
		}
	}
	if d.Key != nil && o.key(d) == "" {
		from := ""
		for _, at := range d.keys() {
			if digest := o.Keys[at]; digest != "" && from == "" {
				from = digest.Short()
			}
		}
		differ("key", from, d.Key.Digest.Short())
	}
	if diffs == nil {
		return resource.Difference{}
	}
	return resource.Difference{Action: action, Diffs: diffs}
}

// parse reads the fields of a deb822 file's first paragraph, for people to see what differs.
func parse(text string) map[string]string {
	found := map[string]string{}
	last := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.TrimSpace(line) == "":
			if len(found) > 0 {
				return found
			}
		case line[0] == ' ' || line[0] == '\t':
			found[last] = strings.TrimSpace(found[last] + " " + strings.TrimSpace(line))
		default:
			key, value, _ := strings.Cut(line, ":")
			last, found[key] = key, strings.TrimSpace(value)
		}
	}
	return found
}
