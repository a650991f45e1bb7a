package app

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// overlay moves the files of a directory over those of another. Both are opened as roots, so that no link leads out of them.
func overlay(from, to string) error {
	source, err := os.OpenRoot(from)
	if err != nil {
		return fmt.Errorf("opening the artifact's files: %w", err)
	}
	defer source.Close()
	target, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("opening the workplace: %w", err)
	}
	defer target.Close()
	return fs.WalkDir(source.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir():
			return target.MkdirAll(path, 0o755)
		case entry.Type()&fs.ModeSymlink != 0:
			link, err := source.Readlink(path)
			if err != nil {
				return err
			}
			_ = target.Remove(path)
			return target.Symlink(link, path)
		}
		return copyFile(source, target, filepath.FromSlash(path), info.Mode().Perm())
	})
}

func copyFile(source, target *os.Root, path string, mode fs.FileMode) error {
	in, err := source.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	_ = target.Remove(path) // may be a link, or not writable
	out, err := target.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("copying %s: %w", path, err)
	}
	return out.Close()
}
