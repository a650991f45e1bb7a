package oci

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"

	"gemba"
)

// enter puts a manifest into the index.
func (s *Store) enter(desc v1.Descriptor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := gemba.Digest(desc.Digest)
	if _, ok := s.index[d]; ok {
		return nil
	}
	next := maps.Clone(s.index)
	next[d] = desc
	return s.replaceIndex(next)
}

// Reindex makes the index again from the digests that are known to be wanted.
// Artifacts that cannot be read are left out of it, and named in the error.
func (s *Store) Reindex(ctx context.Context, digests []gemba.Digest) error {
	next := make(map[gemba.Digest]v1.Descriptor, len(digests))
	var problems []error
	for _, d := range digests {
		m, err := s.manifest(ctx, d)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		next[d], err = s.descriptor(d, m)
		problems = append(problems, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(append(problems, s.replaceIndex(next))...)
}

// descriptor is how the index names a manifest.
func (s *Store) descriptor(d gemba.Digest, m manifest) (v1.Descriptor, error) {
	info, err := os.Stat(s.blobPath(digest.Digest(d)))
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("reading artifact %s: %w", d.Short(), err)
	}
	return v1.Descriptor{MediaType: m.MediaType, ArtifactType: m.ArtifactType, Digest: digest.Digest(d), Size: info.Size(), Annotations: m.Annotations}, nil
}

// replaceIndex writes index.json and then makes it the one that counts. The caller holds mu.
func (s *Store) replaceIndex(next map[gemba.Digest]v1.Descriptor) error {
	manifests := slices.SortedFunc(maps.Values(next), func(a, b v1.Descriptor) int {
		return strings.Compare(string(a.Digest), string(b.Digest))
	})
	if manifests == nil {
		manifests = []v1.Descriptor{}
	}
	b, err := json.MarshalIndent(v1.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageIndex,
		Manifests: manifests,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the index of the artifact store: %w", err)
	}
	if err := s.replaceFile(v1.ImageIndexFile, append(b, '\n')); err != nil {
		return fmt.Errorf("writing the index of the artifact store: %w", err)
	}
	s.index = next
	return nil
}

// replaceFile writes a file of the layout whole: a temporary file, fsync, rename.
func (s *Store) replaceFile(name string, b []byte) error {
	temporary, err := os.CreateTemp(ingestDir(s.dir), name+"_*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // it is gone when all went well
	_, err = temporary.Write(b)
	if err := errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), filepath.Join(s.dir, name)); err != nil {
		return err
	}
	return syncPath(s.dir)
}

// ensureLayout writes the file that marks the directory as a layout.
func (s *Store) ensureLayout() error {
	want, err := json.Marshal(v1.ImageLayout{Version: v1.ImageLayoutVersion})
	if err != nil {
		return fmt.Errorf("opening the artifact store: %w", err)
	}
	got, err := os.ReadFile(filepath.Join(s.dir, v1.ImageLayoutFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening the artifact store: %w", err)
	}
	var layout v1.ImageLayout
	if err == nil && json.Unmarshal(got, &layout) == nil && layout.Version != "" {
		if layout.Version != v1.ImageLayoutVersion {
			return gemba.Fail(gemba.Newer, fmt.Sprintf("the artifact store %s has layout version %s", s.dir, layout.Version),
				"this Gemba knows version "+v1.ImageLayoutVersion, "use the Gemba that wrote it, or a newer one")
		}
		return nil
	}
	if err := s.replaceFile(v1.ImageLayoutFile, want); err != nil {
		return fmt.Errorf("opening the artifact store: %w", err)
	}
	return nil
}

// loadIndex reads index.json, or makes it again where it is missing or cut short.
func (s *Store) loadIndex() error {
	b, err := os.ReadFile(filepath.Join(s.dir, v1.ImageIndexFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening the artifact store: %w", err)
	}
	var index v1.Index
	if err != nil || json.Unmarshal(b, &index) != nil {
		return s.recoverIndex()
	}
	for _, desc := range index.Manifests {
		s.index[gemba.Digest(desc.Digest)] = desc
	}
	return nil
}

// recoverIndex looks for manifests among the blobs. The index is only a list
// of them: nothing is lost with it.
func (s *Store) recoverIndex() error {
	blobs, err := os.ReadDir(blobDir(s.dir))
	if err != nil {
		return fmt.Errorf("opening the artifact store: %w", err)
	}
	next := map[gemba.Digest]v1.Descriptor{}
	for _, blob := range blobs {
		d := digest.NewDigestFromEncoded(digest.SHA256, blob.Name())
		info, err := blob.Info()
		if err != nil || d.Validate() != nil || info.Size() > largest {
			continue
		}
		b, err := s.readManifest(d)
		if err != nil {
			return fmt.Errorf("opening the artifact store: %w", err)
		}
		var m manifest
		if !bytes.HasPrefix(b, []byte("{")) || json.Unmarshal(b, &m) != nil || m.ArtifactType != ArtifactType && m.ArtifactType != ImageType || d.Algorithm().FromBytes(b) != d {
			continue
		}
		desc := content.NewDescriptorFromBytes(m.MediaType, b)
		desc.ArtifactType, desc.Annotations = m.ArtifactType, m.Annotations
		next[gemba.Digest(d)] = desc
	}
	return s.replaceIndex(next)
}
