package host

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// toldName is the file beside a manifest that says which units a change told, and leftName the one with what was left behind.
const (
	toldName = "told"
	leftName = "left"
)

type told struct {
	Unit   string       `json:"unit"`
	Action gemba.Action `json:"action"`
}

// RememberTold writes down, before anything is changed, the units that these changes touch or tell: undo tells them again.
func RememberTold(dir string, changes []gemba.Change) error {
	var lines []byte
	for _, c := range changes {
		one := told{c.Name, c.Action}
		switch {
		case c.Kind == "network":
			one = told{"systemd-networkd.service", gemba.ActionRestart} // it has read the file, without being told as a unit
		case c.Kind != "unit":
			continue
		case c.Action != gemba.ActionReload:
			one.Action = gemba.ActionRestart // its own file changes
		}
		line, err := json.Marshal(one)
		if err != nil {
			return fmt.Errorf("remembering who is told: %w", err)
		}
		lines = append(append(lines, line...), '\n')
	}
	if len(lines) == 0 {
		return nil
	}
	return appendTo(dir, toldName, lines)
}

func readTold(dir string) (units []string, actions map[string]gemba.Action) {
	actions = map[string]gemba.Action{}
	eachLine(filepath.Join(dir, toldName), func(line []byte) {
		var one told
		if json.Unmarshal(line, &one) != nil || one.Unit == "" {
			return
		}
		if actions[one.Unit] == "" {
			units = append(units, one.Unit)
		}
		if actions[one.Unit] != gemba.ActionRestart {
			actions[one.Unit] = one.Action
		}
	})
	return units, actions
}

type left struct {
	Path  string `json:"path"`
	Stamp string `json:"stamp"`
}

// Leave writes down how an apply has left the paths that it changed. Undo leaves alone what somebody else has changed since.
func Leave(dir string) error {
	manifest, err := readManifest(dir)
	if err != nil {
		return nil // it changed no file
	}
	var lines []byte
	for _, kept := range manifest {
		line, err := json.Marshal(left{kept.Path, stampOf(kept.Path)})
		if err != nil {
			return fmt.Errorf("remembering what was left: %w", err)
		}
		lines = append(append(lines, line...), '\n')
	}
	return appendTo(dir, leftName, lines)
}

// touchedSince are the paths that are not as the apply has left them.
func touchedSince(dir string) map[string]string {
	last := map[string]string{}
	eachLine(filepath.Join(dir, leftName), func(line []byte) {
		var one left
		if json.Unmarshal(line, &one) == nil {
			last[one.Path] = one.Stamp
		}
	})
	touched := map[string]string{}
	for path, stamp := range last {
		if stampOf(path) != stamp {
			touched[path] = "it has been changed since that apply"
		}
	}
	return touched
}

// readToTell is the size up to which a file is read to tell its content from another; beyond it its time has to do.
const readToTell = 64 << 20

// stampOf tells one state of a path from another. The same content is the same state, whoever wrote it.
func stampOf(path string) string {
	info, err := (&Host{}).Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "nothing"
	case err != nil:
		return "unknown"
	case info.Type == resource.Directory: // what lies in it changes its time and its size
		return fmt.Sprintf("%s %o %d %d", info.Type, info.Mode, info.UID, info.GID)
	}
	return fmt.Sprintf("%s %o %d %d %d %s %s", info.Type, info.Mode, info.UID, info.GID, info.Size, info.Target, contentOf(path, info))
}

func contentOf(path string, info resource.Info) string {
	switch {
	case info.Type != resource.Regular:
		return ""
	case info.Size > readToTell:
		return info.Modified.UTC().Format(time.RFC3339Nano)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func appendTo(dir, name string, lines []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making a place for what undo needs: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keeping what undo needs: %w", err)
	}
	_, err = f.Write(lines)
	return errors.Join(err, f.Sync(), f.Close())
}

func eachLine(path string, do func(line []byte)) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		do(lines.Bytes())
	}
}
