package resource

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Look describes what a path names; Absent, and no error, where nothing is there.
func Look(files Files, name string) (Info, error) {
	info, err := files.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Info{}, nil
	}
	return info, err
}

// Follow returns where the links at a path lead in the end, and what is there.
func Follow(files Files, name string) (string, Info, error) {
	at := name
	for range 40 { // as many as the kernel follows
		info, err := Look(files, at)
		if err != nil || info.Type != Symlink {
			return at, info, err
		}
		if path.IsAbs(info.Target) {
			at = path.Clean(info.Target)
		} else {
			at = path.Join(path.Dir(at), info.Target)
		}
	}
	return "", Info{}, fmt.Errorf("%s leads through too many links", name)
}
