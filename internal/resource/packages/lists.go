package packages

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"gemba/internal/resource"
)

// Where apt keeps what packages there are, and what it is told of where to look.
const (
	listsDir = "/var/lib/apt/lists"
	// stamp is touched by whoever has updated the lists: an update that finds nothing new changes no list.
	stamp = "/var/lib/apt/periodic/update-success-stamp"
)

// sources are read by apt to know where packages are; what is in a directory counts as well.
func sources() []string {
	return []string{"/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/keyrings"}
}

// lists is how good the lists are that candidates come from.
type lists struct{ empty, stale bool }

const freshFor = 24 * time.Hour

// lookAtLists is asked once for all packages of a host.
func lookAtLists(sys resource.System) (lists, error) {
	l, err := sys.Cache().Once("package lists", func() (any, error) {
		names, err := sys.ReadDir(listsDir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		l := lists{empty: true}
		for _, name := range names {
			l.empty = l.empty && !strings.Contains(name, "_Packages")
		}
		updated := newest(sys, listsDir, stamp)
		l.stale = l.empty || time.Since(updated) > freshFor
		for _, source := range sources() {
			paths := []string{source}
			inside, err := sys.ReadDir(source)
			for _, name := range inside {
				if err == nil && !strings.HasPrefix(name, ".") {
					paths = append(paths, path.Join(source, name))
				}
			}
			l.stale = l.stale || newest(sys, paths...).After(updated)
		}
		return l, nil
	})
	if err != nil {
		return lists{}, err
	}
	return l.(lists), nil
}

// newest is when the last of the paths was changed; what is not there was never.
func newest(sys resource.System, paths ...string) time.Time {
	var last time.Time
	for _, p := range paths {
		if info, err := sys.Lstat(p); err == nil && info.Modified.After(last) {
			last = info.Modified
		}
	}
	return last
}
