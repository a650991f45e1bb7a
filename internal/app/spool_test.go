package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
)

func TestFilesOfACommitAreReadOnceAndLargeOnesAreOnTheDisk(t *testing.T) {
	files := map[string][]byte{"small": []byte("small"), "large": bytes.Repeat([]byte("large"), inMemory/4), "same": bytes.Repeat([]byte("large"), inMemory/4)}
	read := map[string]int{}
	dir := t.TempDir()
	s := newSpool(dir, func(_ context.Context, path string, to io.Writer) error {
		read[path]++
		if files[path] == nil {
			return errors.New("there is no " + path)
		}
		for text := files[path]; len(text) > 0; text = text[min(len(text), 1000):] {
			if _, err := to.Write(text[:min(len(text), 1000)]); err != nil {
				return err
			}
		}
		return nil
	})
	for path, want := range files {
		for range 3 {
			body, err := s.source(t.Context(), path)
			if err != nil || body.Size != int64(len(want)) {
				t.Fatalf("%s: %+v, %v", path, body, err)
			}
			opened, size, known := s.open(body.Digest)
			if !known || size != body.Size {
				t.Fatalf("%s: %d, %v", path, size, known)
			}
			if got, err := io.ReadAll(opened); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes, %v", path, len(got), err)
			}
		}
		if read[path] != 1 {
			t.Errorf("%s was read %d times", path, read[path])
		}
	}
	if len(s.small) != 1 || len(s.large) != 1 {
		t.Errorf("%d in memory, %d on the disk", len(s.small), len(s.large))
	}
	if _, err := s.source(t.Context(), "none"); err == nil {
		t.Error("a file that is not there has a name")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 { // they have no names
		t.Errorf("%v", left)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}
