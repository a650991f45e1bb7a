package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named is a command as messages, pages and guides name it: in quotes, or set apart by two spaces.
var named = regexp.MustCompile("(?:[\"`>]|  )gemba ([a-z]+)")

// separators are the files that keep kinds of hashed texts apart by words that look like a command.
var separators = map[string]bool{"key.go": true, "door.go": true}

func TestEveryCommandThatIsNamedExists(t *testing.T) {
	known := map[string]bool{}
	for _, c := range (&command{Streams: Streams{Getenv: func(string) string { return "" }}}).root().Commands() {
		known[c.Name()] = true
	}
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && len(d.Name()) > 2 || d.Name() == "testdata") {
			return fs.SkipDir
		}
		switch filepath.Ext(path) {
		case ".go", ".md", ".html", ".sh":
		default:
			return nil
		}
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range named.FindAllStringSubmatch(string(text), -1) {
			found++
			if !known[match[1]] && !separators[filepath.Base(path)] {
				t.Errorf("%s names %q, which is no command", path, strings.TrimSpace(match[0][1:]))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 50 {
		t.Errorf("only %d commands are named: the pattern misses them", found)
	}
}
