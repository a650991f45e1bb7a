package oci_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"oras.land/oras-go/v2/content"
	orasoci "oras.land/oras-go/v2/content/oci"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"gemba"
	"gemba/internal/artifact"
	"gemba/internal/driver/oci"
)

var meta = artifact.Meta{Service: "guestbook", Key: "key-1", Platform: "linux/amd64", Isolated: true}

func open(t *testing.T, dir string) *oci.Store {
	t.Helper()
	s, err := oci.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outputs makes a directory of files; a value that begins with "->" is a link, one with "#!" a program.
func outputs(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, isLink := strings.CutPrefix(content, "->"); isLink {
			check(t, os.Symlink(target, path))
			continue
		}
		check(t, os.WriteFile(path, []byte(content), 0o644))
		if strings.HasPrefix(content, "#!") {
			check(t, os.Chmod(path, 0o755))
		}
	}
	root, err := os.OpenRoot(dir)
	check(t, err)
	t.Cleanup(func() { _ = root.Close() })
	return root.FS()
}

func put(t *testing.T, s *oci.Store, files map[string]string) gemba.Digest {
	t.Helper()
	d, err := tryPut(t.Context(), s, outputs(t, files), meta)
	check(t, err)
	return d
}

func tryPut(ctx context.Context, s *oci.Store, fsys fs.FS, meta artifact.Meta) (gemba.Digest, error) {
	spooled, err := s.Spool(ctx, fsys, []string{"."})
	if err != nil {
		return "", err
	}
	d, err := s.Put(ctx, spooled, meta)
	return d, errors.Join(err, spooled.Close())
}

// read lists what a directory holds, as "path mode content".
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			got[name] = "->" + target
			return err
		case d.IsDir():
			got[name] = info.Mode().String()
			return nil
		}
		b, err := os.ReadFile(path)
		got[name] = info.Mode().String() + " " + string(b)
		return err
	}))
	return got
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnpackGivesWhatWasPut(t *testing.T) {
	s := open(t, t.TempDir())
	d := put(t, s, map[string]string{"out/app": "#!/bin/sh", "out/data/x": "content", "out/now": "->data/x"})
	dir := filepath.Join(t.TempDir(), "release")
	check(t, s.Unpack(t.Context(), d, dir))
	want := map[string]string{
		"out": "drwxr-xr-x", "out/app": "-rwxr-xr-x #!/bin/sh", "out/data": "drwxr-xr-x",
		"out/data/x": "-rw-r--r-- content", "out/now": "->data/x",
	}
	if got := read(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := s.Unpack(t.Context(), d, dir); gemba.CodeOf(err) != gemba.Conflict {
		t.Errorf("unpacking over it: got %v, want Conflict", err)
	}
}

func TestPuttingTheSameAgainChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	files := map[string]string{"app": "x"}
	first := put(t, s, files)
	before := read(t, dir)
	if second := put(t, s, files); second != first {
		t.Errorf("%s is not %s", second, first)
	}
	if after := read(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("got %v, want %v", after, before)
	}
	other, err := tryPut(t.Context(), s, outputs(t, files), artifact.Meta{Service: "guestbook", Key: "key-2", Platform: "linux/amd64"})
	check(t, err)
	if other == first {
		t.Error("another build key has the same digest")
	}
}

func TestStatReturnsWhatPutWasTold(t *testing.T) {
	s := open(t, t.TempDir())
	spooled, err := s.Spool(t.Context(), outputs(t, map[string]string{"app": "x"}), []string{"app"})
	check(t, err)
	defer spooled.Close()
	d, err := s.Put(t.Context(), spooled, meta)
	check(t, err)
	got, size, err := s.Stat(t.Context(), d)
	check(t, err)
	if got != meta || size != spooled.Size() {
		t.Errorf("got %+v, %d bytes", got, size)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s := open(t, t.TempDir())
	d := put(t, s, map[string]string{"app": "x"})
	missing := gemba.Digest("sha256:" + strings.Repeat("0", 64))
	for name, c := range map[string]struct {
		digest gemba.Digest
		code   gemba.Code
	}{
		"unknown":      {missing, gemba.NotFound},
		"not a digest": {"sha256:../../etc/passwd", gemba.Invalid},
		"empty":        {"", gemba.Invalid},
	} {
		if _, _, err := s.Stat(t.Context(), c.digest); gemba.CodeOf(err) != c.code {
			t.Errorf("%s: stat got %v", name, err)
		}
		if err := s.Unpack(t.Context(), c.digest, filepath.Join(t.TempDir(), "x")); gemba.CodeOf(err) != c.code {
			t.Errorf("%s: unpack got %v", name, err)
		}
		if err := s.Reindex(t.Context(), []gemba.Digest{d, c.digest}); gemba.CodeOf(err) != c.code {
			t.Errorf("%s: reindex got %v", name, err)
		}
		if all, _ := s.All(t.Context()); len(all) != 1 || all[0] != d {
			t.Errorf("%s: reindex left out what can be read: %v", name, all)
		}
	}
}

func TestOtherToolsReadTheLayout(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	d := put(t, s, map[string]string{"app": "x"})
	put(t, s, map[string]string{"app": "y"})
	other, err := orasoci.NewFromFS(t.Context(), os.DirFS(dir))
	check(t, err)
	desc, err := other.Resolve(t.Context(), string(d))
	check(t, err)
	successors, err := content.Successors(t.Context(), other, desc)
	check(t, err)
	if desc.MediaType != v1.MediaTypeImageManifest || len(successors) != 2 {
		t.Fatalf("got %+v with %d successors, want an image manifest with a config and a layer", desc, len(successors))
	}
	for _, successor := range successors {
		if _, err := content.FetchAll(t.Context(), other, successor); err != nil {
			t.Error(err)
		}
	}
}

func TestStoreIsUsedAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	same := outputs(t, map[string]string{"app": "same"})
	var group sync.WaitGroup
	for i := range 8 {
		mine := outputs(t, map[string]string{"app": fmt.Sprint(i)})
		group.Go(func() {
			for _, fsys := range []fs.FS{same, mine} {
				d, err := tryPut(t.Context(), s, fsys, meta)
				if err == nil {
					err = errors.Join(s.Verify(t.Context(), d), s.Unpack(t.Context(), d, filepath.Join(dir, "unpacked", fmt.Sprint(i), d.Short())))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if all, err := open(t, dir).All(t.Context()); len(all) != 9 || err != nil {
		t.Errorf("the index has %d artifacts, want 9 (%v)", len(all), err)
	}
}
