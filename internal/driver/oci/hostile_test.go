package oci_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"crypto/sha256"

	"gemba"
)

// layer is a packed layer that nobody of ours made.
type layer []byte

func (l layer) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(l)), nil }
func (l layer) Digest() gemba.Digest         { return gemba.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256(l))) }
func (l layer) DiffID() gemba.Digest         { return l.Digest() }
func (l layer) Size() int64                  { return int64(len(l)) }

func TestEntriesOutsideAreNeverWritten(t *testing.T) {
	outside := t.TempDir()
	for name, headers := range map[string][]tar.Header{
		"above":               {{Name: "../evil", Typeflag: tar.TypeReg}},
		"in the middle":       {{Name: "a/../../evil", Typeflag: tar.TypeReg}},
		"absolute":            {{Name: outside + "/evil", Typeflag: tar.TypeReg}},
		"through a link":      {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: outside}, {Name: "l/evil", Typeflag: tar.TypeReg}},
		"over a link":         {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: outside + "/evil"}, {Name: "l", Typeflag: tar.TypeReg}},
		"directory at link":   {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: outside}, {Name: "l", Typeflag: tar.TypeDir}},
		"hard link":           {{Name: "h", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}},
		"device":              {{Name: "d", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}},
		"the same name twice": {{Name: "a", Typeflag: tar.TypeReg}, {Name: "a", Typeflag: tar.TypeReg}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			zip := gzip.NewWriter(&b)
			archive := tar.NewWriter(zip)
			for _, h := range headers {
				h.Mode = 0o644
				check(t, archive.WriteHeader(&h))
			}
			check(t, archive.Close())
			check(t, zip.Close())

			s := open(t, t.TempDir())
			d, err := s.Put(t.Context(), layer(b.Bytes()), meta)
			check(t, err)
			target := filepath.Join(t.TempDir(), "release")
			if err := s.Unpack(t.Context(), d, target); err == nil {
				t.Error("it was unpacked")
			}
			if _, err := os.Lstat(target); !os.IsNotExist(err) {
				t.Errorf("the target exists: %v", err)
			}
			if left, _ := os.ReadDir(outside); len(left) > 0 {
				t.Errorf("%v was written outside", left)
			}
		})
	}
}
