package artifact

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"time"

	"github.com/klauspost/compress/gzip"

	"gemba"
)

// level is part of the format: another level gives other bytes for the same
// files, and so another digest.
const level = 5

// Summary is what Pack wrote.
type Summary struct {
	Digest gemba.Digest // of the compressed bytes
	DiffID gemba.Digest // of the tar itself (OCI image specification, "layer DiffID")
	Size   int64        // bytes, compressed
	Files  int          // regular files and symbolic links
	Bytes  int64        // of the regular files
}

// Pack writes the files of fsys that the patterns name to w, as a tar
// compressed with gzip. The same files give the same bytes on any machine:
// names are sorted, times are zero, owners are 0:0, modes are 0755 or 0644.
// No file is held in memory whole.
//
// A pattern is a slash-separated path relative to the root of fsys; "*", "?"
// and "[…]" match within one name, "**" any number of names. What a pattern
// names is packed with all that is in it. Each pattern has to name something.
//
// fsys has to implement fs.ReadLinkFS, as (*os.Root).FS does. An output that
// cannot be packed is a gemba.Error with Invalid.
func Pack(ctx context.Context, fsys fs.FS, patterns []string, w io.Writer) (Summary, error) {
	tree, ok := fsys.(fs.ReadLinkFS)
	if !ok {
		return Summary{}, fmt.Errorf("packing outputs: %T cannot read symbolic links", fsys)
	}
	entries, err := collect(ctx, tree, patterns)
	if err != nil {
		return Summary{}, err
	}
	return write(ctx, tree, entries, w)
}

// DiffID returns the digest that the tar of everything in fsys has. Files that
// were unpacked from an artifact have that artifact's, as long as nobody changed them.
func DiffID(ctx context.Context, fsys fs.FS) (gemba.Digest, error) {
	tree, ok := fsys.(fs.ReadLinkFS)
	if !ok {
		return "", fmt.Errorf("digesting files: %T cannot read symbolic links", fsys)
	}
	entries, err := collect(ctx, tree, []string{"."})
	if err != nil {
		return "", err
	}
	sum, err := archive(ctx, tree, entries, io.Discard)
	return sum.DiffID, err
}

// write puts the entries, which are sorted, into the compressed archive.
func write(ctx context.Context, tree fs.ReadLinkFS, entries []entry, w io.Writer) (Summary, error) {
	outer := newCounter(w)
	zip, err := gzip.NewWriterLevel(outer, level)
	if err != nil {
		return Summary{}, fmt.Errorf("packing outputs: %w", err)
	}
	sum, err := archive(ctx, tree, entries, zip)
	if err != nil {
		return Summary{}, err
	}
	if err := zip.Close(); err != nil {
		return Summary{}, fmt.Errorf("packing outputs: %w", err)
	}
	sum.Digest, sum.Size = outer.digest(), outer.n
	return sum, nil
}

// archive puts the entries into a tar.
func archive(ctx context.Context, tree fs.ReadLinkFS, entries []entry, w io.Writer) (Summary, error) {
	inner := newCounter(w)
	p := packer{tree: tree, tar: tar.NewWriter(inner), buffer: make([]byte, 256<<10)}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return Summary{}, fmt.Errorf("packing outputs: %w", err)
		}
		if err := p.add(e); err != nil {
			return Summary{}, err
		}
	}
	if err := p.tar.Close(); err != nil {
		return Summary{}, fmt.Errorf("packing outputs: %w", err)
	}
	p.sum.DiffID = inner.digest()
	return p.sum, nil
}

type packer struct {
	tree   fs.ReadLinkFS
	tar    *tar.Writer
	buffer []byte
	sum    Summary // of what was added so far
}

func (p *packer) add(e entry) error {
	h := &tar.Header{Name: e.path, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUnknown}
	switch {
	case e.mode.IsDir():
		h.Typeflag, h.Name, h.Mode = tar.TypeDir, e.path+"/", 0o755
	case e.mode&fs.ModeSymlink != 0:
		h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, e.link, 0o777
	default:
		h.Typeflag, h.Size = tar.TypeReg, e.size
		if e.mode&0o111 != 0 {
			h.Mode = 0o755
		}
	}
	if err := p.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("packing %s: %w", e.path, err)
	}
	if h.Typeflag == tar.TypeDir {
		return nil
	}
	p.sum.Files++
	if h.Typeflag == tar.TypeSymlink {
		return nil
	}
	p.sum.Bytes += e.size
	return p.copy(e)
}

// copy writes exactly the bytes that the header promised, or says that the file changed.
func (p *packer) copy(e entry) error {
	file, err := p.tree.Open(e.path)
	if err != nil {
		return fmt.Errorf("packing %s: %w", e.path, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	n, err := io.CopyBuffer(onlyWriter{p.tar}, io.LimitReader(file, e.size), p.buffer)
	if err != nil {
		return fmt.Errorf("packing %s: %w", e.path, err)
	}
	rest, err := file.Read(p.buffer[:1])
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("packing %s: %w", e.path, err)
	}
	if n != e.size || rest > 0 {
		return gemba.Fail(gemba.Invalid,
			fmt.Sprintf("output %s changed while it was packed", e.path),
			fmt.Sprintf("it had %d bytes when the build ended and has another size now", e.size),
			"let the build wait for every program that it starts")
	}
	return nil
}

// onlyWriter hides ReadFrom, with which tar.Writer would allocate a buffer for each file.
type onlyWriter struct{ io.Writer }

// counter digests and counts what passes.
type counter struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func newCounter(w io.Writer) *counter { return &counter{w: w, hash: sha256.New()} }

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.hash.Write(b[:n])
	c.n += int64(n)
	return n, err
}

func (c *counter) digest() gemba.Digest {
	return gemba.Digest("sha256:" + hex.EncodeToString(c.hash.Sum(nil)))
}
