package oci_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gemba"
)

// someTree draws the files of a directory: paths that do not lie in each other, links to them, programs.
func someTree(t *rapid.T) map[string]string {
	name := rapid.StringMatching(`[a-c][a-zA-Z0-9 ._é-]{0,8}`)
	files := map[string]string{}
	for range rapid.IntRange(1, 8).Draw(t, "files") {
		depth := rapid.IntRange(0, 3).Draw(t, "depth")
		path := ""
		for i := range depth {
			path += fmt.Sprintf("d%d%s/", i, rapid.SampledFrom([]string{"x", "y"}).Draw(t, "dir"))
		}
		path += name.Draw(t, "name")
		content := string(rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "content"))
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			content = "->" + filepath.Base(path) + "2"
		case 1:
			content = "#!" + content
		default:
			content = "=" + content
		}
		files[path] = content
	}
	return files
}

// build writes files in any order, with any times, as a build on some machine would.
func build(t *rapid.T, dir string, files map[string]string) {
	order := make([]string, 0, len(files))
	for path := range files {
		order = append(order, path)
	}
	slices.Sort(order)
	seed := rapid.Uint64().Draw(t, "order")
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, path := range order {
		full, content := filepath.Join(dir, path), files[path]
		must(os.MkdirAll(filepath.Dir(full), 0o755))
		if target, isLink := strings.CutPrefix(content, "->"); isLink {
			must(os.Symlink(target, full))
			continue
		}
		mode := os.FileMode(0o600)
		if strings.HasPrefix(content, "#!") {
			mode = 0o700
		}
		must(os.WriteFile(full, []byte(content), mode))
		must(os.Chtimes(full, time.Time{}, time.Unix(int64(seed%1e9)+int64(i), 7)))
	}
}

func TestSameFilesHaveTheSameDigestAndComeBackAsTheyWere(t *testing.T) {
	s := open(t, t.TempDir())
	rapid.Check(t, func(r *rapid.T) {
		files := someTree(r)
		base, err := os.MkdirTemp(t.TempDir(), "")
		check(t, err)
		digests := map[gemba.Digest]bool{}
		var last gemba.Digest
		for _, machine := range []string{"one", "two"} {
			dir := filepath.Join(base, machine)
			build(r, dir, files)
			root, err := os.OpenRoot(dir)
			check(t, err)
			last, err = tryPut(t.Context(), s, root.FS(), meta)
			check(t, err)
			check(t, root.Close())
			digests[last] = true
		}
		if len(digests) != 1 {
			r.Fatalf("got %v for the same files", digests)
		}
		out := filepath.Join(base, "out")
		check(t, s.Unpack(t.Context(), last, out))
		got := read(t, out)
		for path, content := range files {
			want := "-rw-r--r-- " + content
			switch {
			case strings.HasPrefix(content, "->"):
				want = content
			case strings.HasPrefix(content, "#!"):
				want = "-rwxr-xr-x " + content
			}
			if got[path] != want {
				r.Fatalf("%s: got %q, want %q", path, got[path], want)
			}
			delete(got, path)
		}
		for path, mode := range got {
			if mode != "drwxr-xr-x" {
				r.Fatalf("%s came from nowhere", path)
			}
		}
		root, err := os.OpenRoot(out)
		check(t, err)
		again, err := tryPut(t.Context(), s, root.FS(), meta)
		check(t, err)
		check(t, root.Close())
		if again != last {
			r.Fatalf("packing what was unpacked gave %s, want %s", again, last)
		}
	})
}
