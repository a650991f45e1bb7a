package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/wire"
)

// followEvery is how often a log that does not grow is looked at.
const followEvery = 20 * time.Millisecond

// Follow reads the log at path from a position on, across its rotations, and
// hands each line to f with the position after it, from which a later Follow
// goes on. Positions count the bytes of the whole log, those of files that
// are no longer kept included; what is no longer kept is skipped. It follows
// while live, and returns when nothing is left to read; an error of f ends it.
func Follow(ctx context.Context, path string, from int64, live func() bool, f func(line gemba.LogLine, next int64) error) error {
	r := &logReader{path: path, next: from, buffer: make([]byte, 4*wire.MaxText)}
	defer r.close()
	for {
		alive := live() // asked first: what is printed before it ends is then read
		if err := r.read(ctx, f); err != nil {
			return err
		}
		if !alive {
			return r.rest(f)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

// logReader is a place in a log.
type logReader struct {
	path   string
	next   int64 // position in the whole log
	buffer []byte

	file *os.File // nil: not yet found
	base int64    // position of its first byte after its head
	head int64    // length of its head
}

func (r *logReader) close() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}

// read hands on every whole line that is there.
func (r *logReader) read(ctx context.Context, f func(gemba.LogLine, int64) error) error {
	for {
		if r.file == nil {
			if found, err := r.open(); err != nil || !found {
				return err
			}
		}
		rotated := r.rotated() // asked first: nothing is written to a file after it was rotated
		if err := r.readFile(ctx, f); err != nil {
			return err
		}
		if !rotated {
			return nil
		}
		r.close()
	}
}

// open finds the file that holds the next position: the newest that does not
// begin behind it, or else the oldest.
func (r *logReader) open() (found bool, err error) {
	for n := 0; ; n++ {
		path := r.path
		if n > 0 {
			path += "." + strconv.Itoa(n)
		}
		file, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) && n == 0 {
			continue // between two renames
		}
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			return false, fmt.Errorf("read the log: %w", err)
		}
		r.close()
		r.file = file
		r.base, r.head = readHead(file)
		if r.base <= r.next {
			return true, nil
		}
	}
	if r.file == nil {
		return false, nil
	}
	r.next = r.base
	return true, nil
}

func readHead(file *os.File) (base, length int64) {
	start := make([]byte, 128)
	n, _ := file.ReadAt(start, 0)
	record, _, whole := bytes.Cut(start[:n], []byte("\n"))
	if base, ok := wire.ParseBase(record); ok && whole {
		return base, int64(len(record) + 1)
	}
	return 0, 0
}

func (r *logReader) rotated() bool {
	current, err := os.Stat(r.path)
	if err != nil {
		return false // between two renames: the next look will tell
	}
	mine, err := r.file.Stat()
	return err == nil && !os.SameFile(current, mine)
}

func (r *logReader) readFile(ctx context.Context, f func(gemba.LogLine, int64) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.file.ReadAt(r.buffer, r.head+r.next-r.base)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the log: %w", err)
		}
		data := r.buffer[:n]
		for {
			record, rest, whole := bytes.Cut(data, []byte("\n"))
			if !whole {
				break
			}
			data = rest
			if err := r.emit(record, len(record)+1, f); err != nil {
				return err
			}
		}
		switch {
		case len(data) == len(r.buffer): // no record is so long: it is shown in parts
			if err := r.emit(data, len(data), f); err != nil {
				return err
			}
		case err != nil:
			return nil
		}
	}
}

// rest hands on what is left when no more will come: a record that was cut off.
func (r *logReader) rest(f func(gemba.LogLine, int64) error) error {
	if r.file == nil {
		return nil
	}
	n, err := r.file.ReadAt(r.buffer, r.head+r.next-r.base)
	if n == 0 || (err != nil && !errors.Is(err, io.EOF)) {
		return nil
	}
	return r.emit(r.buffer[:n], n, f)
}

// emit hands on one record. What is none, such as the last words of a
// supervisor that crashed, is shown as it is.
func (r *logReader) emit(record []byte, length int, f func(gemba.LogLine, int64) error) error {
	r.next += int64(length)
	if _, head := wire.ParseBase(record); head || len(record) == 0 {
		return nil
	}
	line, err := wire.ParseRecord(record)
	if err != nil {
		line = gemba.LogLine{Stream: wire.StreamNote, Text: strings.ToValidUTF8(string(record), "\uFFFD")}
	}
	return f(line, r.next)
}
