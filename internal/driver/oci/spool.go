package oci

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"gemba"
	"gemba/internal/artifact"
)

// Spooled is a packed layer in a temporary file of the store.
type Spooled struct {
	artifact.Summary
	path string
}

// Spool packs the files of fsys that the patterns name (see artifact.Pack).
// Close has to be called when the layer is put or not wanted.
func (s *Store) Spool(ctx context.Context, fsys fs.FS, patterns []string) (*Spooled, error) {
	file, err := os.CreateTemp(ingestDir(s.dir), "spool_*")
	if err != nil {
		return nil, fmt.Errorf("packing outputs: %w", err)
	}
	spooled := &Spooled{path: file.Name()}
	buffered := bufio.NewWriterSize(file, 1<<20)
	spooled.Summary, err = artifact.Pack(ctx, fsys, patterns, buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(err, spooled.Close())
	}
	return spooled, nil
}

// Open reads the layer from its start.
func (p *Spooled) Open() (io.ReadCloser, error) { return os.Open(p.path) }

// Digest is of the compressed bytes.
func (p *Spooled) Digest() gemba.Digest { return p.Summary.Digest }

// DiffID is the digest of the tar itself.
func (p *Spooled) DiffID() gemba.Digest { return p.Summary.DiffID }

// Size is the number of compressed bytes.
func (p *Spooled) Size() int64 { return p.Summary.Size }

// Close removes the temporary file.
func (p *Spooled) Close() error { return os.Remove(p.path) }
