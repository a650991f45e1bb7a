package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sys/unix"

	"gemba"
)

// partial is the suffix of a directory that is being unpacked.
const partial = ".partial"

// Unpack writes the files of an artifact into dir, which must not exist. It
// appears whole, verified and durable, or not at all; a directory of the same
// name and ".partial" is what an unpacking wrote that was killed, and is removed.
func (s *Store) Unpack(ctx context.Context, d gemba.Digest, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("unpacking artifact %s: %w", d.Short(), err)
	}
	m, err := s.manifest(ctx, d)
	if err != nil {
		return err
	}
	release, err := s.claim(dir)
	if err != nil {
		return err
	}
	defer release()
	if err := os.RemoveAll(dir + partial); err != nil {
		return fmt.Errorf("unpacking artifact %s: %w", d.Short(), err)
	}
	if err := s.unpack(ctx, d, m, dir+partial); err != nil {
		return errors.Join(err, os.RemoveAll(dir+partial))
	}
	if err := os.Rename(dir+partial, dir); err != nil {
		return errors.Join(fmt.Errorf("unpacking artifact %s: %w", d.Short(), err), os.RemoveAll(dir+partial))
	}
	if err := syncPath(filepath.Dir(dir)); err != nil {
		return fmt.Errorf("unpacking artifact %s: %w", d.Short(), err)
	}
	return nil
}

// claim keeps a second call away from the same directory.
func (s *Store) claim(dir string) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || s.targets[dir] {
		if err != nil && !s.targets[dir] {
			return nil, fmt.Errorf("unpacking into %s: %w", dir, err)
		}
		return nil, gemba.Fail(gemba.Conflict, fmt.Sprintf("an artifact is not unpacked into %s", dir),
			"it exists, or is being written", "remove it first")
	}
	s.targets[dir] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.targets, dir)
	}, nil
}

// unpack writes into dir, which it makes, and verifies what it read.
func (s *Store) unpack(ctx context.Context, d gemba.Digest, m manifest, dir string) error {
	layer, finish, closeLayer, err := s.verified(ctx, d, m.layer())
	if err != nil {
		return err
	}
	defer closeLayer()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("unpacking artifact %s: %w", d.Short(), err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("unpacking artifact %s: %w", d.Short(), err)
	}
	defer func() { _ = root.Close() }() // everything written is synced by then
	files, problem := 0, root.Chmod(".", 0o755)
	if problem == nil {
		files, problem = gunzip(layer, root)
	}
	// Damaged bytes are the reason for whatever went wrong while they were read.
	if err := finish(); err != nil {
		return err
	}
	if problem != nil {
		return fmt.Errorf("unpacking artifact %s: %w", d.Short(), problem)
	}
	if err := syncTree(dir, files); err != nil {
		return fmt.Errorf("unpacking artifact %s: %w", d.Short(), err)
	}
	return nil
}

func gunzip(layer io.Reader, root *os.Root) (files int, err error) {
	zip, err := gzip.NewReader(layer)
	if err != nil {
		return 0, err
	}
	return extract(zip, root)
}

// few is how many files are flushed one by one. More of them take seconds that way.
const few = 64

// syncTree flushes everything below dir to the disk: a few files one by one,
// many in one call (syncfs(2)), which waits for what others wrote too.
func syncTree(dir string, files int) error {
	if files <= few {
		return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() && !d.Type().IsRegular() {
				return err
			}
			return syncPath(path)
		})
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(f.Fd())), f.Close())
}
