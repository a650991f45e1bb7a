package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"

	"gemba"
	"gemba/internal/artifact"
)

// keep makes a blob durable. One that is there already is read, and replaced where it is damaged.
func (s *Store) keep(ctx context.Context, desc v1.Descriptor, open func() (io.ReadCloser, error)) error {
	if err := s.check(ctx, gemba.Digest(desc.Digest), desc); err == nil {
		return nil
	}
	// A damaged blob would look to oras as if it were kept.
	if err := os.Remove(s.blobPath(desc.Digest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it was only read
	// Push verifies what it reads. Another call may have pushed the same meanwhile.
	if err := s.blobs.Push(ctx, desc, contextReader{ctx, r}); err != nil && !errors.Is(err, errdef.ErrAlreadyExists) {
		return err
	}
	return syncPath(s.blobPath(desc.Digest)) // which oras does not
}

// verified opens a blob of an artifact. Its reader gives at most the size
// that was promised; finish says whether the bytes were the right ones, and
// reads what is left of them for that. Neither may be used after close.
func (s *Store) verified(ctx context.Context, of gemba.Digest, desc v1.Descriptor) (r io.Reader, finish func() error, close func(), err error) {
	if err := s.sized(of, desc); err != nil {
		return nil, nil, nil, err
	}
	file, err := s.blobs.Fetch(ctx, desc)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("reading artifact %s: %w", of.Short(), err)
	}
	verifier := content.NewVerifyReader(contextReader{ctx, file}, desc)
	finish = func() error {
		_, err := io.Copy(io.Discard, verifier)
		if err == nil {
			err = verifier.Verify()
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, content.ErrMismatchedDigest), errors.Is(err, content.ErrTrailingData), errors.Is(err, io.ErrUnexpectedEOF):
			return s.corrupt(of, desc.Digest, "has other bytes than the ones that were kept")
		}
		return fmt.Errorf("reading artifact %s: %w", of.Short(), err)
	}
	return verifier, finish, func() { _ = file.Close() }, nil
}

// check reads a blob whole.
func (s *Store) check(ctx context.Context, of gemba.Digest, desc v1.Descriptor) error {
	_, finish, close, err := s.verified(ctx, of, desc)
	if err != nil {
		return err
	}
	defer close()
	return finish()
}

// sized compares the length of a blob with the one promised, without reading it.
func (s *Store) sized(of gemba.Digest, desc v1.Descriptor) error {
	if _, err := parse(gemba.Digest(desc.Digest)); err != nil {
		return err
	}
	info, err := os.Stat(s.blobPath(desc.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return s.corrupt(of, desc.Digest, "is missing")
	}
	if err != nil {
		return fmt.Errorf("reading artifact %s: %w", of.Short(), err)
	}
	if info.Size() != desc.Size {
		return s.corrupt(of, desc.Digest, fmt.Sprintf("has %d bytes instead of %d", info.Size(), desc.Size))
	}
	return nil
}

func (s *Store) corrupt(of gemba.Digest, blob digest.Digest, why string) error {
	return &artifact.CorruptError{Digest: gemba.Digest(blob), Artifact: of, Path: s.blobPath(blob), Why: why}
}

// contextReader stops reading when the context is done.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}

// syncPath flushes a file, or the names in a directory, to the disk.
func syncPath(path string) error {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
