package artifact

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/near"
)

// parse splits a pattern into its segments; "." is none.
func parse(pattern string) ([]string, error) {
	clean := path.Clean(pattern)
	if pattern == "" || path.IsAbs(pattern) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsRune(pattern, 0) {
		return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("output %q is not a path in the service's directory", pattern),
			"an output is relative and stays inside", `name it from the directory of the service, for example "out/app"`)
	}
	if clean == "." {
		return nil, nil
	}
	segments := slices.CompactFunc(strings.Split(clean, "/"), func(a, b string) bool { return a == "**" && b == "**" })
	for _, s := range segments {
		if _, err := path.Match(s, ""); err != nil {
			return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("output %q is not a pattern", pattern),
				fmt.Sprintf("%q has an open bracket or ends in a backslash", s), `put a backslash before a "[" that is meant as it is`)
		}
	}
	return segments, nil
}

func isGlob(segment string) bool { return strings.ContainsAny(segment, `*?[\`) }

func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid)
}

// missing tells that a pattern names nothing, how far the names go that
// exist, and what is there.
func (c *collector) missing(pattern string, segments []string) error {
	dir, depth := ".", 0
	for i, s := range segments {
		if isGlob(s) {
			break
		}
		next := path.Join(dir, s)
		info, err := c.tree.Lstat(next)
		if err != nil {
			break
		}
		if info.Mode()&fs.ModeSymlink != 0 && i < len(segments)-1 {
			link, _ := c.tree.ReadLink(next)
			return gemba.Fail(gemba.Invalid, fmt.Sprintf("output %q goes through the symbolic link %s", pattern, next),
				fmt.Sprintf("links are packed as links; this one leads to %s", link), "name the place that the link leads to")
		}
		if !info.IsDir() {
			return gemba.Fail(gemba.Invalid, fmt.Sprintf("the build did not make its output %q", pattern),
				fmt.Sprintf("%s is a file, not a directory", next), "correct build.output")
		}
		dir, depth = next, i+1
	}
	names, err := c.names(dir)
	if err != nil {
		return err
	}
	wanted := segments[min(depth, len(segments)-1)]
	where := dir
	if dir == "." {
		where = "the service's directory"
	}
	why := where + " is empty"
	if len(names) > 0 {
		why = fmt.Sprintf("%s has %s", where, list(near.Sorted(wanted, names), len(names)))
	}
	return gemba.Fail(gemba.Invalid, fmt.Sprintf("the build did not make its output %q", pattern), why,
		"correct build.output, or the script that should make it")
}

// list shows a few of n names.
func list(names []string, n int) string {
	const most = 5
	more := ""
	if len(names) > most {
		names = names[:most]
	}
	if left := n - len(names); left > 0 {
		more = fmt.Sprintf(" and %d more", left)
	}
	return strings.Join(names, ", ") + more
}
