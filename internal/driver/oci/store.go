// Package oci keeps artifacts in an OCI image layout on disk (image-spec
// v1.1, image-layout.md), which other tools of the field can read.
// docs/formats/artifact.md describes it for readers.
package oci

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content/oci"

	"gemba"
	"gemba/internal/artifact"
)

var _ artifact.Store = (*Store)(nil)

// Store is an OCI image layout. One process owns it; its methods may be
// called at the same time.
//
// It stands on oras' content-addressed storage and keeps the index itself:
// oras' own store reads every manifest when it opens, so that one damaged
// manifest would close the whole store.
type Store struct {
	dir   string
	blobs *oci.Storage

	putting sync.Mutex // held by Put, which may replace blobs

	mu      sync.Mutex
	index   map[gemba.Digest]v1.Descriptor // of manifests
	targets map[string]bool                // that are being unpacked
}

// Open opens the layout in dir, and makes it where there is none. An index
// that is missing or cannot be read is made again from the manifests on disk.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the artifact store: %w", err)
	}
	for _, d := range []string{blobDir(dir), ingestDir(dir)} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, fmt.Errorf("opening the artifact store: %w", err)
		}
	}
	blobs, err := oci.NewStorage(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the artifact store: %w", err)
	}
	s := &Store{dir: dir, blobs: blobs, index: map[gemba.Digest]v1.Descriptor{}, targets: map[string]bool{}}
	if err := s.ensureLayout(); err != nil {
		return nil, err
	}
	if err := s.loadIndex(); err != nil {
		return nil, err
	}
	return s, s.sweep()
}

// Put keeps an artifact and returns the digest of its manifest. Putting the same
// again changes nothing, and mends blobs that are damaged.
func (s *Store) Put(ctx context.Context, packed artifact.Packed, meta artifact.Meta) (gemba.Digest, error) {
	m, err := describe(packed, meta)
	if err != nil {
		return "", err
	}
	s.putting.Lock()
	defer s.putting.Unlock()
	if err := s.keep(ctx, m.layer, packed.Open); err != nil {
		return "", fmt.Errorf("keeping the artifact of %s: %w", meta.Service, err)
	}
	// The manifest comes last: where it is, what it names was there before.
	for _, blob := range []document{m.config, m.manifest} {
		if err := s.keep(ctx, blob.descriptor, blob.open); err != nil {
			return "", fmt.Errorf("keeping the artifact of %s: %w", meta.Service, err)
		}
	}
	if err := errors.Join(syncPath(blobDir(s.dir)), s.enter(m.manifest.descriptor)); err != nil {
		return "", fmt.Errorf("keeping the artifact of %s: %w", meta.Service, err)
	}
	return gemba.Digest(m.manifest.descriptor.Digest), nil
}

// Stat returns what Put was told, and the size in bytes of the layer. A layer
// that is not as long as it should be is found here already.
func (s *Store) Stat(ctx context.Context, d gemba.Digest) (artifact.Meta, int64, error) {
	m, err := s.manifest(ctx, d)
	if err != nil {
		return artifact.Meta{}, 0, err
	}
	if err := s.sized(d, m.layer()); err != nil {
		return artifact.Meta{}, 0, err
	}
	return m.meta(), m.layer().Size, nil
}

// Verify reads every byte of an artifact.
func (s *Store) Verify(ctx context.Context, d gemba.Digest) error {
	m, err := s.manifest(ctx, d)
	if err != nil {
		return err
	}
	return errors.Join(s.check(ctx, d, m.Config), s.check(ctx, d, m.layer()))
}

// All lists the digests kept, sorted.
func (s *Store) All(context.Context) ([]gemba.Digest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]gemba.Digest, 0, len(s.index))
	for d := range s.index {
		all = append(all, d)
	}
	slices.Sort(all)
	return all, nil
}

// stale is how old a file has to be to be what a crash left, and not what
// somebody is writing.
const stale = time.Hour

// sweep removes what a crash left half written.
func (s *Store) sweep() error {
	left, err := os.ReadDir(ingestDir(s.dir))
	if err != nil {
		return fmt.Errorf("opening the artifact store: %w", err)
	}
	for _, entry := range left {
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < stale {
			continue
		}
		if err := os.Remove(filepath.Join(ingestDir(s.dir), entry.Name())); err != nil {
			return fmt.Errorf("opening the artifact store: %w", err)
		}
	}
	return nil
}

func blobDir(dir string) string   { return filepath.Join(dir, v1.ImageBlobsDir, string(digest.SHA256)) }
func ingestDir(dir string) string { return filepath.Join(dir, "ingest") } // oras writes here too

func (s *Store) blobPath(d digest.Digest) string {
	return filepath.Join(blobDir(s.dir), d.Encoded())
}

// parse checks that a digest is one that the store can hold.
func parse(d gemba.Digest) (digest.Digest, error) {
	parsed := digest.Digest(d)
	if err := parsed.Validate(); err != nil || !strings.HasPrefix(string(d), string(digest.SHA256)+":") {
		return "", gemba.Fail(gemba.Invalid, fmt.Sprintf("%q is not the digest of an artifact", d),
			`it should be "sha256:" and 64 hexadecimal digits`, "gemba status shows the digests that are placed")
	}
	return parsed, nil
}
