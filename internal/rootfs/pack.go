package rootfs

import (
	"archive/tar"
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// pack writes everything below a directory as a tar: names sorted, owners as numbers, extended attributes kept, no time after last.
func pack(root string, last time.Time, out io.Writer) error {
	buffered := bufio.NewWriterSize(out, 1<<20)
	p := &packer{root: root, last: last, tar: tar.NewWriter(buffered), names: map[inode]string{}, buffer: make([]byte, 256<<10)}
	if err := filepath.WalkDir(root, p.add); err != nil {
		return fmt.Errorf("packing: %w", err)
	}
	if err := p.tar.Close(); err != nil {
		return fmt.Errorf("packing: %w", err)
	}
	return buffered.Flush()
}

type inode struct{ device, number uint64 }

type packer struct {
	root   string
	last   time.Time
	tar    *tar.Writer
	names  map[inode]string // the first name of what has several
	buffer []byte
}

func (p *packer) add(path string, _ fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	var stat unix.Stat_t
	if err := unix.Lstat(path, &stat); err != nil {
		return &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	head, err := p.head(path, stat)
	if err != nil || head == nil {
		return err
	}
	if err := p.tar.WriteHeader(head); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if head.Typeflag != tar.TypeReg {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{p.tar}, f, p.buffer); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// head describes one entry; nil for what an image cannot hold, such as sockets.
func (p *packer) head(path string, stat unix.Stat_t) (*tar.Header, error) {
	name, err := filepath.Rel(p.root, path)
	if err != nil {
		return nil, err
	}
	modified := time.Unix(stat.Mtim.Sec, 0)
	if modified.After(p.last) {
		modified = p.last
	}
	h := &tar.Header{Name: name, Mode: int64(stat.Mode & 0o7777), Uid: int(stat.Uid), Gid: int(stat.Gid), ModTime: modified}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		h.Typeflag, h.Name = tar.TypeDir, name+"/"
	case unix.S_IFREG:
		h.Typeflag, h.Size = tar.TypeReg, stat.Size
	case unix.S_IFLNK:
		h.Typeflag = tar.TypeSymlink
		if h.Linkname, err = os.Readlink(path); err != nil {
			return nil, err
		}
	case unix.S_IFCHR, unix.S_IFBLK:
		h.Typeflag = tar.TypeChar
		if stat.Mode&unix.S_IFMT == unix.S_IFBLK {
			h.Typeflag = tar.TypeBlock
		}
		h.Devmajor, h.Devminor = int64(unix.Major(stat.Rdev)), int64(unix.Minor(stat.Rdev))
	case unix.S_IFIFO:
		h.Typeflag = tar.TypeFifo
	default:
		return nil, nil
	}
	if h.Typeflag != tar.TypeDir && stat.Nlink > 1 {
		if first, known := p.names[inode{stat.Dev, stat.Ino}]; known {
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, first, 0
			return h, nil
		}
		p.names[inode{stat.Dev, stat.Ino}] = name
	}
	h.PAXRecords, err = attributes(path)
	return h, err
}

// attributes are the extended attributes that belong to a file and not to the machine that it lies on.
func attributes(path string) (map[string]string, error) {
	names := make([]byte, 64<<10)
	size, err := unix.Llistxattr(path, names)
	if err != nil || size == 0 {
		return nil, nil // the file system has none
	}
	records := map[string]string{}
	value := make([]byte, 64<<10)
	for _, name := range strings.Split(strings.TrimSuffix(string(names[:size]), "\x00"), "\x00") {
		if !strings.HasPrefix(name, "user.") && name != "security.capability" && !strings.HasPrefix(name, "system.posix_acl_") {
			continue
		}
		n, err := unix.Lgetxattr(path, name, value)
		if err != nil {
			return nil, &fs.PathError{Op: "getxattr " + name, Path: path, Err: err}
		}
		records["SCHILY.xattr."+name] = string(value[:n])
	}
	if len(records) == 0 {
		return nil, nil
	}
	return records, nil
}
