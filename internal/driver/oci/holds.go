package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"gemba"
	"gemba/internal/artifact"
)

// Holds reports whether dir has exactly the files of an artifact. They are
// packed again, to nowhere, and have to give the tar that the artifact's config names.
func (s *Store) Holds(ctx context.Context, d gemba.Digest, dir string) (bool, error) {
	want, err := s.diffID(ctx, d)
	if err != nil {
		return false, err
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("comparing %s with artifact %s: %w", dir, d.Short(), err)
	}
	defer func() { _ = root.Close() }() // it was only read
	got, err := artifact.DiffID(ctx, root.FS())
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	// What cannot be packed never came out of an artifact.
	return err == nil && got == want, nil
}

// diffID is the digest of an artifact's files before they were compressed.
func (s *Store) diffID(ctx context.Context, d gemba.Digest) (gemba.Digest, error) {
	m, err := s.manifest(ctx, d)
	if err != nil {
		return "", err
	}
	r, finish, closeBlob, err := s.verified(ctx, d, m.Config)
	if err != nil {
		return "", err
	}
	defer closeBlob()
	text, problem := io.ReadAll(r)
	// Damaged bytes are the reason for whatever went wrong while they were read.
	if err := finish(); err != nil {
		return "", err
	}
	var c config
	if err := errors.Join(problem, json.Unmarshal(text, &c)); err != nil {
		return "", fmt.Errorf("reading artifact %s: %w", d.Short(), err)
	}
	return gemba.Digest(c.DiffID), nil
}
