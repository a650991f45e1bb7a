package oci_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	oras "oras.land/oras-go/v2/content/oci"

	"gemba"
	"gemba/internal/driver/oci"
)

func TestAnImageIsNamedByTheIndexUntilALaterOneIs(t *testing.T) {
	dir := t.TempDir()
	store, err := oci.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string) gemba.Digest {
		t.Helper()
		layer, err := store.SpoolTar(t.Context(), strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		defer layer.Close()
		d, err := store.PutImage(t.Context(), "web", layer, "amd64")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := put("first")
	if again := put("first"); again != first {
		t.Errorf("the same tar gave %s and %s", first, again)
	}
	second := put("second")
	text, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), `"org.opencontainers.image.ref.name": "web"`); n != 1 {
		t.Errorf("%d have the name:\n%s", n, text)
	}
	after, _, _ := strings.Cut(string(text)[strings.Index(string(text), string(second)):], "}")
	if !strings.Contains(string(text), string(first)) || !strings.Contains(after, "ref.name") {
		t.Errorf("the first is gone, or the second has no name:\n%s", text)
	}
	layout, err := oras.New(dir) // as another tool opens it
	if err != nil {
		t.Fatal(err)
	}
	if found, err := layout.Resolve(t.Context(), "web"); err != nil || string(found.Digest) != string(second) {
		t.Errorf("web is %s for other tools, not %s: %v", found.Digest, second, err)
	}
	config, err := filepath.Glob(filepath.Join(dir, "blobs", "sha256", "*"))
	if err != nil || len(config) != 6 {
		t.Errorf("%d blobs, %v", len(config), err)
	}
}
