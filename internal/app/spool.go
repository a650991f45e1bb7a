package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"gemba"
	"gemba/internal/converge"
)

// inMemory is the largest file of a repository that is not put on the disk on its way to hosts, in bytes.
const inMemory = 1 << 20

// spool keeps the files of a commit that go to hosts: each once, for all hosts of one piece of work.
type spool struct {
	copy func(ctx context.Context, path string, to io.Writer) error
	at   string // directory for large ones

	mu    sync.Mutex
	named map[string]gemba.Body     // by path
	small map[gemba.Digest][]byte   //
	large map[gemba.Digest]*os.File // without a name: they go with the server, however it ends
}

func newSpool(at string, copy func(ctx context.Context, path string, to io.Writer) error) *spool {
	return &spool{copy: copy, at: at, named: map[string]gemba.Body{}, small: map[gemba.Digest][]byte{}, large: map[gemba.Digest]*os.File{}}
}

// source names a file by its content.
func (s *spool) source(ctx context.Context, path string) (gemba.Body, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if body, known := s.named[path]; known {
		return body, nil
	}
	sum, kept := sha256.New(), &spilling{at: s.at}
	if err := s.copy(ctx, path, io.MultiWriter(sum, kept)); err != nil {
		return gemba.Body{}, errors.Join(err, kept.close())
	}
	body := gemba.Body{Digest: gemba.Digest("sha256:" + hex.EncodeToString(sum.Sum(nil))), Size: kept.size}
	if kept.file == nil {
		s.small[body.Digest] = kept.text.Bytes()
	} else if s.large[body.Digest] == nil {
		s.large[body.Digest] = kept.file
	} else if err := kept.close(); err != nil {
		return gemba.Body{}, err
	}
	s.named[path] = body
	return body, nil
}

// open returns a file that was named, and its size.
func (s *spool) open(digest gemba.Digest) (io.ReadCloser, int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, known := s.small[digest]; known {
		return io.NopCloser(bytes.NewReader(text)), int64(len(text)), true
	}
	file, known := s.large[digest]
	if !known {
		return nil, 0, false
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, false
	}
	return io.NopCloser(io.NewSectionReader(file, 0, info.Size())), info.Size(), true
}

func (s *spool) close() error {
	var errs []error
	for _, file := range s.large {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// spilling keeps in memory what is written to it, until that is too much.
type spilling struct {
	at   string
	size int64
	text bytes.Buffer
	file *os.File
}

// Write implements io.Writer.
func (s *spilling) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	if s.file == nil && s.size <= inMemory {
		return s.text.Write(p)
	}
	if s.file == nil {
		file, err := os.CreateTemp(s.at, "body-*")
		if err != nil {
			return 0, fmt.Errorf("making a place for a large file: %w", err)
		}
		s.file = file
		if err := errors.Join(os.Remove(file.Name()), s.spill()); err != nil {
			return 0, fmt.Errorf("keeping a large file: %w", err)
		}
	}
	return s.file.Write(p)
}

func (s *spilling) spill() error {
	_, err := s.text.WriteTo(s.file)
	s.text = bytes.Buffer{}
	return err
}

func (s *spilling) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// hostBodies are what goes to one host: texts that were rendered for it, and files of the commit.
type hostBodies struct {
	texts converge.Texts
	files *spool
}

// Open implements converge.BodySource.
func (b *hostBodies) Open(digest gemba.Digest) (io.ReadCloser, int64, error) {
	if body, size, known := b.files.open(digest); known {
		return body, size, nil
	}
	return b.texts.Open(digest)
}
