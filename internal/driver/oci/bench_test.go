package oci_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"gemba/internal/driver/oci"
)

// BenchmarkStore packs, keeps and unpacks one program: this test itself.
func BenchmarkStore(b *testing.B) {
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Dir(program))
	if err != nil {
		b.Fatal(err)
	}
	store, err := oci.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	only, out := only{root.FS().(fs.ReadLinkFS), filepath.Base(program)}, b.TempDir()
	d, err := tryPut(b.Context(), store, only, meta)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("spool and put", func(b *testing.B) {
		for b.Loop() {
			if _, err := tryPut(b.Context(), store, only, meta); err != nil {
				b.Fatal(err)
			}
		}
	})
	n := 0
	b.Run("unpack", func(b *testing.B) {
		for b.Loop() {
			n++
			if err := store.Unpack(b.Context(), d, filepath.Join(out, fmt.Sprint(n))); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// only shows one file of a directory.
type only struct {
	fs.ReadLinkFS
	name string
}

// ReadDir lists that file.
func (o only) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := o.Lstat(o.name)
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, err
}
