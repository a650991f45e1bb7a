package detect

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Bounds of what is looked at.
const (
	mostFiles    = 5000
	largestFile  = 1 << 20 // bytes
	largestTotal = 16 << 20
)

// vendored is the list of a Go vendor directory (go.dev/ref/mod, vendoring).
const vendored = "vendor/modules.txt"

// tree is what a survey saw: the files, sorted, and the text of those that may say something.
type tree struct {
	files []string
	texts map[string]string
}

// survey reads a repository without what others wrote and what tools left there.
func survey(fsys fs.FS) (*tree, error) {
	t := &tree{texts: map[string]string{}}
	total := 0
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			return nil // one directory that cannot be read does not hide the others
		case entry.IsDir() && name != "." && foreign(entry.Name()):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		case len(t.files) >= mostFiles:
			return fs.SkipAll
		}
		t.files = append(t.files, name)
		if total < largestTotal && telling(name) {
			text, err := read(fsys, name)
			if err != nil {
				return nil
			}
			t.texts[name] = text
			total += len(text)
		}
		return nil
	})
	if _, missing := fs.Stat(fsys, vendored); missing == nil {
		t.files = append(t.files, vendored)
	}
	slices.Sort(t.files) // a walk goes directory by directory
	return t, err
}

// foreign tells directories whose content is not the repository's own work.
func foreign(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains([]string{"node_modules", "vendor", "testdata", "dist", "out", "venv", "__pycache__", "deps"}, name)
}

// telling tells the files whose text is looked into.
func telling(name string) bool {
	return slices.Contains([]string{"go.mod", "package.json", "requirements.txt", "pyproject.toml"}, name) ||
		slices.Contains([]string{".go", ".js", ".mjs", ".cjs", ".ts", ".py"}, path.Ext(name))
}

func read(fsys fs.FS, name string) (string, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return "", err
	}
	if info.Size() > largestFile {
		return "", errors.New("too large to be source")
	}
	text, err := fs.ReadFile(fsys, name)
	return string(text), err
}

func (t *tree) has(name string) bool {
	_, found := slices.BinarySearch(t.files, name)
	return found
}

func (t *tree) hasAny(names ...string) bool { return slices.ContainsFunc(names, t.has) }

// first returns the first of the names that exists, or "".
func (t *tree) first(names ...string) string {
	if i := slices.IndexFunc(names, t.has); i >= 0 {
		return names[i]
	}
	return ""
}

// mentions reports whether the source, tests left out, matches a pattern.
func (t *tree) mentions(pattern string) bool {
	expression := regexp.MustCompile(pattern)
	for name, source := range t.texts {
		if !isTest(name) && expression.MatchString(source) {
			return true
		}
	}
	return false
}

// any reports whether a file's path fulfils a condition.
func (t *tree) any(is func(string) bool) bool { return slices.ContainsFunc(t.files, is) }

func isTest(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "test_") ||
		strings.Contains(base, ".test.") || strings.Contains(base, ".spec.")
}
