package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// putAside writes the files that are there only meanwhile, where there is none, or an empty one.
func putAside(files map[string]string) error {
	for path, text := range files {
		if err := put(path, text); err != nil {
			return fmt.Errorf("putting %s there: %w", path, err)
		}
	}
	return nil
}

func put(path, text string) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() > 0 {
		return nil
	}
	target := path
	if link, err := os.Readlink(path); err == nil { // it leads into /run, which is empty while nothing runs
		if target = link; !filepath.IsAbs(link) {
			target = filepath.Join(filepath.Dir(path), link)
		}
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return unseen(filepath.Dir(target), func() error { return os.WriteFile(target, []byte(text), modeOf(text)) })
}

// unseen does something in a directory whose time stays: an image does not say what was there meanwhile.
func unseen(dir string, do func() error) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return errors.Join(do(), os.Chtimes(dir, time.Time{}, info.ModTime()))
}

// modeOf is that of a program for what begins as one.
func modeOf(text string) fs.FileMode {
	if len(text) > 2 && text[:2] == "#!" {
		return 0o755
	}
	return 0o644
}

// setAside takes them away again. What somebody has put in their place stays.
func setAside(files map[string]string) error {
	for path, text := range files {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		var there []byte
		if err == nil {
			there, err = os.ReadFile(path)
		}
		if err == nil && string(there) == text {
			err = unseen(filepath.Dir(path), func() error { return os.Remove(path) })
		}
		if err != nil {
			return fmt.Errorf("taking %s away: %w", path, err)
		}
	}
	return nil
}
