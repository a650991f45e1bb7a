// Package artifact makes, names and keeps what builds produce: immutable,
// content-addressed, the same bytes for the same files on any machine.
package artifact

import (
	"context"
	"io"

	"gemba"
)

// Store keeps artifacts. Every read verifies the digest; a blob that does not
// have the bytes that its digest promises is a *CorruptError.
type Store interface {
	// Put keeps an artifact made of a packed layer and returns its manifest digest.
	// Putting the same again changes nothing.
	Put(ctx context.Context, packed Packed, meta Meta) (gemba.Digest, error)
	// Stat returns what Put was told, and the size in bytes of the layer.
	Stat(ctx context.Context, digest gemba.Digest) (Meta, int64, error)
	// Unpack writes the files of an artifact into dir, which must not exist; it
	// appears whole or not at all.
	Unpack(ctx context.Context, digest gemba.Digest, dir string) error
	// Holds reports whether dir has the files of an artifact: all of them, no
	// other, none changed. It reads every file of dir and needs no layer.
	Holds(ctx context.Context, digest gemba.Digest, dir string) (bool, error)
	// Verify reads every byte of an artifact.
	Verify(ctx context.Context, digest gemba.Digest) error
	// All lists the digests kept.
	All(ctx context.Context) ([]gemba.Digest, error)
	// Reindex makes the index again from the digests that are known to be wanted.
	Reindex(ctx context.Context, digests []gemba.Digest) error
}

// Packed is a layer: a deterministic tar, gzip-compressed, that can be read more than once.
type Packed interface {
	Open() (io.ReadCloser, error)
	Digest() gemba.Digest // of the compressed bytes
	DiffID() gemba.Digest // of the tar itself
	Size() int64          // of the compressed bytes
}

// Meta is what an artifact says of itself, in the annotations of its manifest.
type Meta struct {
	Service  string
	Key      string
	Platform string
	Isolated bool
}
