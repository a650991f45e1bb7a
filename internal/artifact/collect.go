package artifact

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"gemba"
)

// entry is one name of the archive.
type entry struct {
	path string
	mode fs.FileMode
	size int64
	link string
}

// collect finds what the patterns name, with everything in the directories
// that they name and the directories above, sorted by path.
func collect(ctx context.Context, tree fs.ReadLinkFS, patterns []string) ([]entry, error) {
	c := collector{ctx: ctx, tree: tree, found: map[string]entry{}}
	for _, pattern := range patterns {
		if err := c.pattern(pattern); err != nil {
			return nil, err
		}
	}
	if !c.files {
		return nil, gemba.Fail(gemba.Invalid, "the build has nothing to pack", "its outputs hold no file",
			`name what the build makes, for example output = ["out/**"]`)
	}
	return slices.SortedFunc(maps.Values(c.found), func(a, b entry) int { return strings.Compare(a.path, b.path) }), nil
}

type collector struct {
	ctx   context.Context
	tree  fs.ReadLinkFS
	found map[string]entry
	files bool // whether anything but directories was found
}

func (c *collector) pattern(pattern string) error {
	segments, err := parse(pattern)
	if err != nil {
		return err
	}
	matched, err := c.match(".", segments)
	if err != nil || matched {
		return err
	}
	return c.missing(pattern, segments)
}

// match packs what the segments name below dir, and reports whether they name anything.
func (c *collector) match(dir string, segments []string) (bool, error) {
	if len(segments) == 0 {
		return true, c.take(dir)
	}
	if err := c.ctx.Err(); err != nil {
		return false, fmt.Errorf("looking for outputs: %w", err)
	}
	head, rest := segments[0], segments[1:]
	if head == "**" && len(rest) == 0 {
		return true, c.take(dir)
	}
	matched := false
	if head == "**" {
		below, err := c.match(dir, rest)
		if err != nil {
			return false, err
		}
		matched = below
	}
	if !isGlob(head) {
		return c.step(path.Join(dir, head), rest)
	}
	names, err := c.names(dir)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		next := rest
		if head == "**" {
			next = segments
		} else if ok, _ := path.Match(head, name); !ok {
			continue
		}
		below, err := c.step(path.Join(dir, name), next)
		if err != nil {
			return false, err
		}
		matched = matched || below
	}
	return matched, nil
}

// step goes on with the rest of a pattern at a name, which need not exist.
// Symbolic links are packed, never followed.
func (c *collector) step(name string, rest []string) (bool, error) {
	info, err := c.tree.Lstat(name)
	if err != nil {
		if isMissing(err) {
			return false, nil
		}
		return false, fmt.Errorf("looking for outputs: %w", err)
	}
	if len(rest) > 0 && !info.IsDir() {
		return false, nil
	}
	return c.match(name, rest)
}

// take packs a name, the directories above it, and all that is in it.
func (c *collector) take(name string) error {
	if name != "." {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			c.found[dir] = entry{path: dir, mode: fs.ModeDir}
		}
	}
	// WalkDir would follow a link that it begins with.
	if info, err := c.tree.Lstat(name); err == nil && !info.IsDir() {
		return c.keep(name)
	}
	return fs.WalkDir(c.tree, name, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("looking for outputs: %w", err)
		}
		if err := c.ctx.Err(); err != nil {
			return fmt.Errorf("looking for outputs: %w", err)
		}
		if p == "." {
			return nil
		}
		return c.keep(p)
	})
}

func (c *collector) keep(name string) error {
	e, err := c.entry(name)
	if err != nil {
		return err
	}
	c.found[name] = e
	c.files = c.files || !e.mode.IsDir()
	return nil
}

func (c *collector) entry(name string) (entry, error) {
	info, err := c.tree.Lstat(name)
	if err != nil {
		return entry{}, fmt.Errorf("looking for outputs: %w", err)
	}
	e := entry{path: name, mode: info.Mode(), size: info.Size()}
	switch {
	case e.mode.IsRegular(), e.mode.IsDir():
		return e, nil
	case e.mode&fs.ModeSymlink != 0:
		e.link, err = c.tree.ReadLink(name)
		if err != nil {
			return entry{}, fmt.Errorf("looking for outputs: %w", err)
		}
		return e, inside(c.tree, name, e.link)
	}
	return entry{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("output %s cannot be packed", name),
		fmt.Sprintf("it is a %s; an artifact holds files, directories and symbolic links", kind(e.mode)),
		"remove it at the end of the build, or leave it out of the outputs")
}

func (c *collector) names(dir string) ([]string, error) {
	list, err := fs.ReadDir(c.tree, dir)
	if err != nil {
		return nil, fmt.Errorf("looking for outputs: %w", err)
	}
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = d.Name()
	}
	return names, nil
}

func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
