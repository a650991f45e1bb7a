package oci

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"

	"gemba"
	"gemba/internal/artifact"
)

// The types of what is kept (image-spec v1.1, manifest.md, "guidelines for artifact usage").
const (
	ArtifactType = "application/vnd.gemba.artifact.v1"
	ConfigType   = "application/vnd.gemba.artifact.config.v1+json"
)

// The annotations of a manifest. None of them may differ between two commits
// with the same content: the same input has the same digest.
const (
	annotationService  = "vnd.gemba.service"
	annotationKey      = "vnd.gemba.build.key"
	annotationPlatform = "vnd.gemba.build.platform"
	annotationIsolated = "vnd.gemba.build.isolated"
)

// document is a small blob that is made in memory.
type document struct {
	descriptor v1.Descriptor
	bytes      []byte
}

func (d document) open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(d.bytes)), nil }

func newDocument(mediaType string, value any) (document, error) {
	b, err := json.Marshal(value)
	if err != nil {
		return document{}, fmt.Errorf("describing the artifact: %w", err)
	}
	return document{content.NewDescriptorFromBytes(mediaType, b), b}, nil
}

// config says what the layer is when it is not compressed.
type config struct {
	DiffID digest.Digest `json:"diff_id"`
}

// description is all that is kept beside the bytes of the layer.
type description struct {
	manifest, config document
	layer            v1.Descriptor
}

// describe makes the manifest of a layer. It is pure, and so is its digest.
func describe(packed artifact.Packed, meta artifact.Meta) (description, error) {
	layer, err := parse(packed.Digest())
	if err != nil {
		return description{}, err
	}
	diff, err := parse(packed.DiffID())
	if err != nil {
		return description{}, err
	}
	d := description{layer: v1.Descriptor{MediaType: v1.MediaTypeImageLayerGzip, Digest: layer, Size: packed.Size()}}
	if d.config, err = newDocument(ConfigType, config{DiffID: diff}); err != nil {
		return description{}, err
	}
	annotations := map[string]string{
		annotationService:  meta.Service,
		annotationKey:      meta.Key,
		annotationPlatform: meta.Platform,
		annotationIsolated: strconv.FormatBool(meta.Isolated),
	}
	d.manifest, err = newDocument(v1.MediaTypeImageManifest, v1.Manifest{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		MediaType:    v1.MediaTypeImageManifest,
		ArtifactType: ArtifactType,
		Config:       d.config.descriptor,
		Layers:       []v1.Descriptor{d.layer},
		Annotations:  annotations,
	})
	d.manifest.descriptor.ArtifactType = ArtifactType
	d.manifest.descriptor.Annotations = annotations
	return d, err
}

// manifest is one that was read and found whole.
type manifest struct{ v1.Manifest }

func (m manifest) layer() v1.Descriptor { return m.Layers[0] }

func (m manifest) meta() artifact.Meta {
	return artifact.Meta{
		Service:  m.Annotations[annotationService],
		Key:      m.Annotations[annotationKey],
		Platform: m.Annotations[annotationPlatform],
		Isolated: m.Annotations[annotationIsolated] == "true",
	}
}

// largest is how many bytes a manifest may have, as registries allow
// (distribution-spec v1.1, "pushing manifests").
const largest = 4 << 20

// manifest reads a manifest by its digest.
func (s *Store) manifest(_ context.Context, d gemba.Digest) (manifest, error) {
	parsed, err := parse(d)
	if err != nil {
		return manifest{}, err
	}
	b, err := s.readManifest(parsed)
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{}, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no artifact %s", d.Short()),
			"the artifact store does not hold it", "build it again: gemba ship")
	}
	if err != nil {
		return manifest{}, fmt.Errorf("reading artifact %s: %w", d.Short(), err)
	}
	if parsed.Algorithm().FromBytes(b) != parsed {
		return manifest{}, s.corrupt(d, parsed, fmt.Sprintf("has %d bytes that are not the ones that were kept", len(b)))
	}
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil || m.ArtifactType != ArtifactType || len(m.Layers) != 1 {
		return manifest{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("%s is not an artifact of a build", d),
			"its content is something else", "name the digest of an artifact, as gemba status shows it")
	}
	return m, nil
}

func (s *Store) readManifest(d digest.Digest) ([]byte, error) {
	file, err := os.Open(s.blobPath(d))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(file, largest))
}
