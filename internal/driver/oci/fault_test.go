package oci_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"gemba"
	"gemba/internal/artifact"
	"gemba/internal/driver/oci"
)

// blobs returns the paths of the manifest, the config and the layer of the only artifact in dir.
func blobs(t *testing.T, dir string, d gemba.Digest) map[string]string {
	t.Helper()
	found := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(dir, "blobs/sha256/*"))
	check(t, err)
	for _, path := range paths {
		b, err := os.ReadFile(path)
		check(t, err)
		switch {
		case filepath.Base(path) == d.Hex():
			found["manifest"] = path
		case bytes.HasPrefix(b, []byte("{")):
			found["config"] = path
		default:
			found["layer"] = path
		}
	}
	if len(found) != 3 {
		t.Fatalf("got %v, want three blobs", found)
	}
	return found
}

func TestDamagedBlobIsNamedAndNeverUnpackedAndMendedByPut(t *testing.T) {
	damages := map[string]func(b []byte) []byte{
		"cut short":        func(b []byte) []byte { return b[:len(b)/2] },
		"one byte changed": func(b []byte) []byte { c := bytes.Clone(b); c[len(c)/2] ^= 1; return c },
		"last byte changed": func(b []byte) []byte {
			c := bytes.Clone(b)
			c[len(c)-1] ^= 1
			return c
		},
		"longer": func(b []byte) []byte { return append(bytes.Clone(b), 0) },
		"empty":  func([]byte) []byte { return nil },
	}
	files := map[string]string{"out/app": "#!" + strings.Repeat("program ", 1000), "out/x": "->app"}
	for damage, change := range damages {
		for _, which := range []string{"manifest", "config", "layer"} {
			t.Run(which+" "+damage, func(t *testing.T) {
				dir := t.TempDir()
				s := open(t, dir)
				d := put(t, s, files)
				path := blobs(t, dir, d)[which]
				b, err := os.ReadFile(path)
				check(t, err)
				check(t, os.Chmod(path, 0o644))
				check(t, os.WriteFile(path, change(b), 0o644))

				target := filepath.Join(t.TempDir(), "release")
				// The store is opened anew: no damage keeps it closed.
				s = open(t, dir)
				if which != "config" { // which no unpacking reads
					wantCorrupt(t, s.Unpack(t.Context(), d, target), path)
					if left, _ := filepath.Glob(target + "*"); len(left) > 0 {
						t.Errorf("%v was left behind", left)
					}
				}
				wantCorrupt(t, s.Verify(t.Context(), d), path)

				if again := put(t, s, files); again != d {
					t.Errorf("put gave %s, want %s", again, d)
				}
				check(t, s.Verify(t.Context(), d))
				check(t, s.Unpack(t.Context(), d, target))
			})
		}
	}
}

func wantCorrupt(t *testing.T, err error, path string) {
	t.Helper()
	var corrupt *artifact.CorruptError
	if !errors.As(err, &corrupt) {
		t.Fatalf("got %v, want a CorruptError", err)
	}
	if corrupt.Path != path || corrupt.Digest.Hex() != filepath.Base(path) || !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Errorf("%q does not name the blob %s", err, path)
	}
}

func TestLayerCutShortIsFoundWithoutReadingIt(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	d := put(t, s, map[string]string{"app": "x"})
	layer := blobs(t, dir, d)["layer"]
	check(t, os.Truncate(layer, 10))
	_, _, err := s.Stat(t.Context(), d)
	wantCorrupt(t, err, layer)
	check(t, os.Remove(layer))
	_, _, err = s.Stat(t.Context(), d)
	wantCorrupt(t, err, layer)
}

func TestIndexIsMadeAgainWhereItIsMissingOrHalfWritten(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"missing":      os.Remove,
		"half-written": func(path string) error { return os.Truncate(path, 40) },
		"empty":        func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			one, two := put(t, s, map[string]string{"app": "1"}), put(t, s, map[string]string{"app": "2"})
			index := filepath.Join(dir, "index.json")
			before, err := os.ReadFile(index)
			check(t, err)
			check(t, damage(index))

			s = open(t, dir)
			want := []gemba.Digest{one, two}
			slices.Sort(want)
			if all, err := s.All(t.Context()); err != nil || !slices.Equal(all, want) {
				t.Errorf("got %v, want %v (%v)", all, want, err)
			}
			after, err := os.ReadFile(index)
			check(t, err)
			if !bytes.Equal(before, after) {
				t.Errorf("got %s, want %s", after, before)
			}
			check(t, s.Reindex(t.Context(), []gemba.Digest{two}))
			if all, err := open(t, dir).All(t.Context()); err != nil || !slices.Equal(all, []gemba.Digest{two}) {
				t.Errorf("got %v, want only what is wanted (%v)", all, err)
			}
			check(t, s.Verify(t.Context(), one))
		})
	}
}

// What a kill leaves between the blobs and the index: blobs that no index names, and half a blob.
func TestPutWorksAgainAfterAKill(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	files := map[string]string{"app": "x"}
	empty, err := os.ReadFile(filepath.Join(dir, "index.json"))
	check(t, err)
	d := put(t, s, files)
	check(t, os.WriteFile(filepath.Join(dir, "index.json"), empty, 0o644))
	half := filepath.Join(dir, "ingest", "half_1")
	check(t, os.WriteFile(half, []byte("half"), 0o644))
	check(t, os.Chtimes(half, time.Time{}, time.Now().Add(-24*time.Hour)))

	s = open(t, dir)
	if all, _ := s.All(t.Context()); len(all) != 0 {
		t.Fatalf("got %v, want an index as it was before", all)
	}
	if again := put(t, s, files); again != d {
		t.Errorf("got %s, want %s", again, d)
	}
	if all, _ := open(t, dir).All(t.Context()); len(all) != 1 {
		t.Errorf("got %v, want the artifact", all)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a blob is still there: %v", err)
	}
}

func TestUnpackingThatWasKilledIsDoneAgain(t *testing.T) {
	s := open(t, t.TempDir())
	d := put(t, s, map[string]string{"app": "x"})
	target := filepath.Join(t.TempDir(), "release")
	check(t, os.MkdirAll(target+".partial/app", 0o755))
	check(t, s.Unpack(t.Context(), d, target))
	if got := read(t, target); got["app"] != "-rw-r--r-- x" || len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestFullDiskLeavesTheStoreAsItWas(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("this user cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	s := open(t, filepath.Join(dir, "store"))
	small := map[string]string{"app": "small"}
	d := put(t, s, small)

	noise := make([]byte, 400<<10)
	_, err := rand.NewChaCha8([32]byte{}).Read(noise) // what cannot be compressed
	check(t, err)
	_, err = tryPut(t.Context(), s, fstest.MapFS{"app": {Data: noise}}, meta)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v, want no space left on device", err)
	}
	s = open(t, filepath.Join(dir, "store"))
	if all, err := s.All(t.Context()); err != nil || !slices.Equal(all, []gemba.Digest{d}) {
		t.Errorf("got %v (%v)", all, err)
	}
	check(t, s.Verify(t.Context(), d))
	if left, _ := os.ReadDir(filepath.Join(dir, "store", "ingest")); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}

	// Unpacking onto the full disk says so, and does not blame the blob.
	big := open(t, t.TempDir())
	wide, err := tryPut(t.Context(), big, fstest.MapFS{"app": {Data: noise}}, meta)
	check(t, err)
	err = big.Unpack(t.Context(), wide, filepath.Join(dir, "release"))
	if corrupt := (*artifact.CorruptError)(nil); !errors.Is(err, syscall.ENOSPC) || errors.As(err, &corrupt) {
		t.Errorf("got %v, want no space left on device", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "release.partial")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half an artifact was left: %v", err)
	}
}

func TestStoreOfAnotherVersionIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"9.0.0"}`), 0o644))
	if _, err := oci.Open(dir); gemba.CodeOf(err) != gemba.Newer {
		t.Errorf("got %v, want Newer", err)
	}
}
