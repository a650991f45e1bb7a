package oci

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// extract writes the entries of a tar below root, and nothing outside of it,
// whatever their names and links say. It returns how many files it wrote.
func extract(r io.Reader, root *os.Root) (int, error) {
	e := extractor{root: root, dir: root, at: ".", buffer: make([]byte, 256<<10)}
	defer e.leave()
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return e.files, nil
		}
		if err != nil {
			return e.files, err
		}
		if err := e.entry(h, archive); err != nil {
			return e.files, err
		}
	}
}

// extractor keeps the directory of the latest entry open: entries are
// sorted, so that most are in the same one, and opening it anew takes a call for each name on the way.
type extractor struct {
	root   *os.Root
	dir    *os.Root
	at     string
	buffer []byte
	files  int
}

func (e *extractor) entry(h *tar.Header, content io.Reader) error {
	name := path.Clean(strings.TrimSuffix(h.Name, "/"))
	if !fs.ValidPath(name) || name == "." || name != strings.TrimSuffix(h.Name, "/") {
		return fmt.Errorf("entry %q is not a path inside the artifact", h.Name)
	}
	if err := e.enter(path.Dir(name)); err != nil {
		return fmt.Errorf("entry %s: %w", name, err)
	}
	base := path.Base(name)
	var err error
	switch h.Typeflag {
	case tar.TypeDir:
		err = errors.Join(e.dir.Mkdir(base, 0o755), e.dir.Chmod(base, 0o755)) // whatever the umask is
	case tar.TypeReg:
		err = e.file(base, h.FileInfo().Mode().Perm()&0o111 != 0, content)
	case tar.TypeSymlink:
		err = e.dir.Symlink(h.Linkname, base)
	default:
		err = fmt.Errorf("is of type %q, which no artifact has", h.Typeflag)
	}
	if err != nil {
		return fmt.Errorf("entry %s: %w", name, err)
	}
	return nil
}

func (e *extractor) enter(dir string) error {
	if dir == e.at {
		return nil
	}
	e.leave()
	if dir == "." {
		return nil
	}
	opened, err := e.root.OpenRoot(dir)
	if err != nil {
		return err
	}
	e.dir, e.at = opened, dir
	return nil
}

func (e *extractor) leave() {
	if e.dir != e.root {
		_ = e.dir.Close() // nothing is written through it any more
	}
	e.dir, e.at = e.root, "."
}

// file makes a new file; its mode is set afterwards, so that no umask changes it.
func (e *extractor) file(name string, program bool, content io.Reader) error {
	e.files++
	mode := fs.FileMode(0o644)
	if program {
		mode = 0o755
	}
	f, err := e.dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{f}, content, e.buffer)
	return errors.Join(err, f.Chmod(mode), f.Close())
}
