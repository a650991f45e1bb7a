package oci

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"gemba"
	"gemba/internal/artifact"
)

// ImageType is the type of root filesystems that are kept: images that other tools of the field can run.
const ImageType = "application/vnd.gemba.image.v1"

// SpoolTar compresses a tar, to be put as an image. Close has to be called when it is put or not wanted.
func (s *Store) SpoolTar(ctx context.Context, tar io.Reader) (*Spooled, error) {
	file, err := os.CreateTemp(ingestDir(s.dir), "spool_*")
	if err != nil {
		return nil, fmt.Errorf("packing an image: %w", err)
	}
	spooled := &Spooled{path: file.Name()}
	buffered := bufio.NewWriterSize(file, 1<<20)
	spooled.Summary, err = artifact.Layer(contextReader{ctx, tar}, buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(err, spooled.Close())
	}
	return spooled, nil
}

// PutImage keeps a root filesystem as an image of one layer and returns the digest of its manifest. The index names the latest of a
// name by it; earlier ones stay, without a name.
func (s *Store) PutImage(ctx context.Context, name string, packed artifact.Packed, arch string) (gemba.Digest, error) {
	m, err := describeImage(name, packed, arch)
	if err != nil {
		return "", err
	}
	s.putting.Lock()
	defer s.putting.Unlock()
	if err := s.keep(ctx, m.layer, packed.Open); err != nil {
		return "", fmt.Errorf("keeping the image %s: %w", name, err)
	}
	for _, blob := range []document{m.config, m.manifest} { // the manifest comes last: what it names was there before
		if err := s.keep(ctx, blob.descriptor, blob.open); err != nil {
			return "", fmt.Errorf("keeping the image %s: %w", name, err)
		}
	}
	if err := errors.Join(syncPath(blobDir(s.dir)), s.enterNamed(m.manifest.descriptor, name)); err != nil {
		return "", fmt.Errorf("keeping the image %s: %w", name, err)
	}
	return gemba.Digest(m.manifest.descriptor.Digest), nil
}

// enterNamed puts a manifest into the index and takes its name from those that had it.
func (s *Store) enterNamed(desc v1.Descriptor, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.index)
	for d, other := range next {
		if other.ArtifactType == ImageType && other.Annotations[v1.AnnotationRefName] == name {
			other.Annotations = maps.Clone(other.Annotations)
			delete(other.Annotations, v1.AnnotationRefName)
			next[d] = other
		}
	}
	next[gemba.Digest(desc.Digest)] = desc
	return s.replaceIndex(next)
}

// describeImage makes the config and manifest of a root filesystem. It is pure, and so is its digest: no time is in it.
func describeImage(name string, packed artifact.Packed, arch string) (description, error) {
	layer, err := parse(packed.Digest())
	if err != nil {
		return description{}, err
	}
	diff, err := parse(packed.DiffID())
	if err != nil {
		return description{}, err
	}
	d := description{layer: v1.Descriptor{MediaType: v1.MediaTypeImageLayerGzip, Digest: layer, Size: packed.Size()}}
	d.config, err = newDocument(v1.MediaTypeImageConfig, v1.Image{
		Platform: v1.Platform{Architecture: arch, OS: "linux"},
		Config:   v1.ImageConfig{Cmd: []string{"/sbin/init"}},
		RootFS:   v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{diff}},
	})
	if err != nil {
		return description{}, err
	}
	annotations := map[string]string{v1.AnnotationRefName: name}
	d.manifest, err = newDocument(v1.MediaTypeImageManifest, v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageManifest, ArtifactType: ImageType,
		Config: d.config.descriptor, Layers: []v1.Descriptor{d.layer}, Annotations: annotations,
	})
	d.manifest.descriptor.ArtifactType, d.manifest.descriptor.Annotations = ImageType, annotations
	return d, err
}
