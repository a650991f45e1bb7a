package artifact

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"gemba"
)

// hops bounds the links followed for one name, as the kernel does (path_resolution(7)).
const hops = 40

// inside checks that a symbolic link leads to a place in the tree. It follows
// the links on the way, since "a/../x" need not be "x" where a is a link. What
// it leads to need not exist.
func inside(tree fs.ReadLinkFS, name, target string) error {
	out := func(why string) error {
		return gemba.Fail(gemba.Invalid, fmt.Sprintf("output %s is a symbolic link out of the tree", name),
			fmt.Sprintf("it leads to %s, %s", target, why), "make it relative to a file that the build makes, or copy the file")
	}
	if path.IsAbs(target) {
		return out("an absolute path, which is another file on another machine")
	}
	at := path.Dir(name)
	todo := strings.Split(target, "/")
	for followed := 0; len(todo) > 0; {
		step := todo[0]
		todo = todo[1:]
		switch step {
		case "", ".":
			continue
		case "..":
			if at == "." {
				return out("above the service's directory")
			}
			at = path.Dir(at)
			continue
		}
		at = path.Join(at, step)
		info, err := tree.Lstat(at)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			continue // what does not exist is walked by name
		}
		if followed++; followed > hops {
			return out("through links without end")
		}
		next, err := tree.ReadLink(at)
		if err != nil {
			return fmt.Errorf("looking for outputs: %w", err)
		}
		if path.IsAbs(next) {
			return out(fmt.Sprintf("through %s, which leads to %s", at, next))
		}
		at = path.Dir(at)
		todo = append(strings.Split(next, "/"), todo...)
	}
	return nil
}
