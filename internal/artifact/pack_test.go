package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"gemba"
	"gemba/internal/artifact"
)

// tree makes a directory of files; a value that begins with "->" is a symbolic link.
func tree(t *testing.T, files map[string]string) *os.Root {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, isLink := strings.CutPrefix(content, "->"); isLink {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

func pack(t *testing.T, root *os.Root, patterns ...string) (artifact.Summary, []byte) {
	t.Helper()
	var b bytes.Buffer
	sum, err := artifact.Pack(t.Context(), root.FS(), patterns, &b)
	if err != nil {
		t.Fatal(err)
	}
	return sum, b.Bytes()
}

// names reads an archive with the standard library's own readers.
func names(t *testing.T, packed []byte) []string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.ModTime.Unix() != 0 || h.Uname != "" {
			t.Errorf("%s tells of its machine: %+v", h.Name, h)
		}
		line := fmt.Sprintf("%s %o", h.Name, h.Mode)
		if h.Linkname != "" {
			line += " -> " + h.Linkname
		}
		got = append(got, line)
	}
}

func TestPackWritesSortedNamesWithNormalModes(t *testing.T) {
	root := tree(t, map[string]string{"out/b/app": "program", "out/a.txt": "text", "out/current": "->b", "other": "left out"})
	if err := root.Chmod("out/b/app", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := root.Chmod("out/a.txt", 0o600); err != nil {
		t.Fatal(err)
	}
	sum, packed := pack(t, root, "out")
	want := []string{"out/ 755", "out/a.txt 644", "out/b/ 755", "out/b/app 755", "out/current 777 -> b"}
	if got := names(t, packed); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256(packed)); string(sum.Digest) != want {
		t.Errorf("digest %s, want %s", sum.Digest, want)
	}
	zip, _ := gzip.NewReader(bytes.NewReader(packed))
	plain, _ := io.ReadAll(zip)
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256(plain)); string(sum.DiffID) != want {
		t.Errorf("diff id %s, want %s", sum.DiffID, want)
	}
	if sum.Size != int64(len(packed)) || sum.Files != 3 || sum.Bytes != int64(len("program")+len("text")) {
		t.Errorf("summary %+v", sum)
	}
}

// The digest is a promise to artifacts that exist: where this test fails,
// the compressor writes other bytes, and every build would look as if it were not reproducible.
func TestDigestOfKnownFilesNeverChanges(t *testing.T) {
	var text strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&text, "line %d of %d\n", i, i*i)
	}
	root := tree(t, map[string]string{"app": text.String(), "grüße": "non-ASCII names need PAX", "dir/link": "->../app"})
	sum, _ := pack(t, root, ".")
	const diff, digest = "sha256:4ccd874f24f1a58ac7d18f790577b756fe5353b70984143bcfbcbb4723a3e86a",
		"sha256:ea4bd87d2ec6d484a72ab25111c02bd22230731e04ab78b52d809e67bee49d09"
	if sum.DiffID != diff || sum.Digest != digest {
		t.Errorf("tar %s, want %s\ngzip %s, want %s", sum.DiffID, diff, sum.Digest, digest)
	}
}

func TestPatterns(t *testing.T) {
	files := map[string]string{
		"app": "", "out/x.so": "", "out/lib/y.so": "", "out/lib/deep/z.so": "", "out/lib/readme": "",
		"out/.hidden": "", "web/index.html": "", "web/css/a.css": "",
	}
	for pattern, want := range map[string]string{
		"app":            "app",
		"./app":          "app",
		"out/*.so":       "out/ out/x.so",
		"out/**/*.so":    "out/ out/lib/ out/lib/deep/ out/lib/deep/z.so out/lib/y.so out/x.so",
		"**/**/deep":     "out/ out/lib/ out/lib/deep/ out/lib/deep/z.so",
		"web/**":         "web/ web/css/ web/css/a.css web/index.html",
		"w?b/[ch]*/":     "web/ web/css/ web/css/a.css",
		"out/.*":         "out/ out/.hidden",
		"o*/l*/r*":       "out/ out/lib/ out/lib/readme",
		"out/lib/./deep": "out/ out/lib/ out/lib/deep/ out/lib/deep/z.so",
	} {
		t.Run(pattern, func(t *testing.T) {
			_, packed := pack(t, tree(t, files), pattern)
			var got []string
			for _, line := range names(t, packed) {
				name, _, _ := strings.Cut(line, " ")
				got = append(got, name)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	}
}

func TestOutputsThatCannotBePacked(t *testing.T) {
	for name, c := range map[string]struct {
		files    map[string]string
		make     func(t *testing.T, dir string)
		patterns []string
		want     []string
	}{
		"missing file": {files: map[string]string{"out/guestbook-server": "", "out/zebra": ""}, patterns: []string{"out/guestbook"},
			want: []string{`did not make its output "out/guestbook"`, "out has guestbook-server, zebra"}},
		"missing directory": {files: map[string]string{"output/app": ""}, patterns: []string{"out/app"},
			want: []string{`"out/app"`, "the service's directory has output"}},
		"glob without a match": {files: map[string]string{"out/a.txt": ""}, patterns: []string{"out/*.so"},
			want: []string{`"out/*.so"`, "out has a.txt"}},
		"one of two": {files: map[string]string{"a": ""}, patterns: []string{"a", "b"}, want: []string{`"b"`}},
		"nothing":    {files: map[string]string{"a": ""}, patterns: nil, want: []string{"nothing to pack"}},
		"empty directory": {make: func(t *testing.T, dir string) { check(t, os.Mkdir(filepath.Join(dir, "out"), 0o755)) },
			patterns: []string{"out/**"}, want: []string{"nothing to pack"}},
		"through a file":    {files: map[string]string{"out": ""}, patterns: []string{"out/app"}, want: []string{"out is a file"}},
		"through a link":    {files: map[string]string{"v1/app": "", "now": "->v1"}, patterns: []string{"now/app"}, want: []string{"goes through the symbolic link now", "leads to v1"}},
		"absolute":          {patterns: []string{"/etc/passwd"}, want: []string{"not a path in the service's directory"}},
		"above":             {patterns: []string{"out/../../x"}, want: []string{"not a path in the service's directory"}},
		"bad pattern":       {patterns: []string{"out/[a"}, want: []string{"is not a pattern"}},
		"absolute link":     {files: map[string]string{"out/l": "->/etc/passwd"}, patterns: []string{"out"}, want: []string{"out/l is a symbolic link out of the tree", "/etc/passwd"}},
		"link above":        {files: map[string]string{"out/l": "->../../x"}, patterns: []string{"out/l"}, want: []string{"out of the tree"}},
		"link through link": {files: map[string]string{"d": "->.", "l": "->d/../x"}, patterns: []string{"l"}, want: []string{"out of the tree"}},
		"link to such one":  {files: map[string]string{"a": "->b/x", "b": "->/tmp"}, patterns: []string{"a"}, want: []string{"through b, which leads to /tmp"}},
		"link to itself":    {files: map[string]string{"a": "->a"}, patterns: []string{"a"}, want: []string{"without end"}},
		"named pipe": {make: func(t *testing.T, dir string) { check(t, syscall.Mkfifo(filepath.Join(dir, "p"), 0o644)) },
			patterns: []string{"."}, want: []string{"output p cannot be packed", "named pipe"}},
		"socket": {make: func(t *testing.T, dir string) {
			check(t, syscall.Mknod(filepath.Join(dir, "s"), syscall.S_IFSOCK|0o644, 0))
		},
			patterns: []string{"s"}, want: []string{"output s cannot be packed", "socket"}},
		"device": {make: func(t *testing.T, dir string) {
			if err := syscall.Mknod(filepath.Join(dir, "null"), syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
				t.Skipf("this user cannot make a device: %v", err)
			}
		}, patterns: []string{"**/n*"}, want: []string{"output null cannot be packed", "device"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, c.files)
			if c.make != nil {
				c.make(t, root.Name())
			}
			_, err := artifact.Pack(t.Context(), root.FS(), c.patterns, io.Discard)
			var told *gemba.Error
			if !errors.As(err, &told) || told.Code != gemba.Invalid || told.Try == "" {
				t.Fatalf("got %v, want an Invalid error with a remedy", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to contain %q", err, want)
				}
			}
		})
	}
}

func TestLinksInsideAreKept(t *testing.T) {
	root := tree(t, map[string]string{"out/lib/libx.so.1": "x", "out/lib/libx.so": "->libx.so.1", "out/up": "->../out/lib", "out/none": "->later"})
	_, packed := pack(t, root, "out")
	got := fmt.Sprint(names(t, packed))
	for _, want := range []string{"libx.so 777 -> libx.so.1", "out/up 777 -> ../out/lib", "out/none 777 -> later"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s in it", got, want)
		}
	}
}

// changing is a tree whose file is of another size when it is opened.
type changing struct {
	fstest.MapFS
	now string
}

func (c changing) Open(name string) (fs.File, error) {
	if name == "app" {
		return fstest.MapFS{"app": {Data: []byte(c.now)}}.Open(name)
	}
	return c.MapFS.Open(name)
}

func TestFileThatChangesSizeIsNotPacked(t *testing.T) {
	for _, now := range []string{"short", "much longer than before"} {
		fsys := changing{fstest.MapFS{"app": {Data: []byte("ten bytes.")}}, now}
		_, err := artifact.Pack(t.Context(), fsys, []string{"app"}, io.Discard)
		if gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), "app changed while it was packed") {
			t.Errorf("%s: got %v", now, err)
		}
	}
}

func TestTimesOwnersAndOrderDoNotMatter(t *testing.T) {
	files := map[string]string{"a": "1", "b/c": "2", "b/d": "3"}
	one, two := tree(t, files), tree(t, files)
	check(t, two.Chtimes("b/c", time.Now(), time.Now().Add(-time.Hour)))
	check(t, two.Chmod("a", 0o660))
	first, _ := pack(t, one, "a", "b")
	second, _ := pack(t, two, "b/d", "b", "b/*", "a")
	if first != second {
		t.Errorf("%+v is not %+v", first, second)
	}
}

func TestPackStopsWhenAsked(t *testing.T) {
	root := tree(t, map[string]string{"a": "1"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := artifact.Pack(ctx, root.FS(), []string{"."}, io.Discard); !errors.Is(err, ctx.Err()) {
		t.Errorf("got %v", err)
	}
}

func TestCorruptErrorTellsWhatToDo(t *testing.T) {
	err := fmt.Errorf("deploying: %w", &artifact.CorruptError{Digest: "sha256:abc", Artifact: "sha256:0123456789", Path: "blobs/sha256/abc", Why: "has 1 byte instead of 2"})
	var told *gemba.Error
	if !errors.As(err, &told) || !strings.Contains(told.Try, "gemba ship") || !strings.Contains(told.Error(), "has 1 byte instead of 2") {
		t.Errorf("got %v", told)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
