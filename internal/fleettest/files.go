package fleettest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// write writes a file with that very mode, and makes the directories it needs.
func write(path, content string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		return err
	}
	return os.Chmod(path, mode) // whatever the umask
}

func replaceLink(to, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(to, path)
}

// tail is the end of what a program said, where its reason usually is.
func tail(text string) string {
	text = strings.TrimSpace(text)
	return text[max(0, len(text)-1500):]
}
