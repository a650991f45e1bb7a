package rootfs

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tree makes the same files, at whatever time it is.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "b"), "text")
	for _, err := range []error{
		os.Chmod(filepath.Join(dir, "b"), 0o4755|os.ModeSetuid),
		os.Link(filepath.Join(dir, "b"), filepath.Join(dir, "c")),
		os.Symlink("b", filepath.Join(dir, "a")),
		os.Mkdir(filepath.Join(dir, "d"), 0o700),
		unix.Mkfifo(filepath.Join(dir, "d", "pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	old := time.Unix(1500000000, 0)
	write(t, filepath.Join(dir, "old"), "")
	if err := os.Chtimes(filepath.Join(dir, "old"), old, old); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheSameFilesGiveTheSameBytesWheneverTheyWereMade(t *testing.T) {
	last := time.Unix(1700000000, 0)
	var first, second bytes.Buffer
	if err := errors.Join(pack(tree(t), last, &first), pack(tree(t), last, &second)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two packings differ")
	}
	want := []struct {
		name, link string
		kind       byte
		mode       int64
	}{
		{"./", "", tar.TypeDir, 0o755}, {"a", "b", tar.TypeSymlink, 0o777}, {"b", "", tar.TypeReg, 0o4755}, {"c", "b", tar.TypeLink, 0o4755},
		{"d/", "", tar.TypeDir, 0o700}, {"d/pipe", "", tar.TypeFifo, 0o600}, {"old", "", tar.TypeReg, 0o644},
	}
	r := tar.NewReader(&first)
	for _, w := range want {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name != w.name || h.Linkname != w.link || h.Typeflag != w.kind || h.Mode != w.mode || h.Uname != "" {
			t.Errorf("%s is %+v", w.name, h)
		}
		if at := int64(1700000000); h.Name != "old" && h.ModTime.Unix() != at || h.Name == "old" && h.ModTime.Unix() != 1500000000 {
			t.Errorf("%s is of %s", h.Name, h.ModTime)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("there is more: %v", err)
	}
}

func TestCapabilitiesAreKept(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "f"), "x")
	if err := unix.Setxattr(filepath.Join(dir, "f"), "user.kept", []byte("yes"), 0); err != nil {
		t.Skipf("the file system keeps no extended attributes: %v", err)
	}
	var out bytes.Buffer
	if err := pack(dir, time.Now(), &out); err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(&out)
	for {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == "f" {
			if h.PAXRecords["SCHILY.xattr.user.kept"] != "yes" {
				t.Errorf("%v", h.PAXRecords)
			}
			return
		}
	}
}
