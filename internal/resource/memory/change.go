package memory

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"gemba/internal/resource"
)

// parent is the directory that a new name comes into, links on the way followed.
func (h *Host) parent(op, name string) (string, error) {
	dir, real, err := h.find(op, path.Dir(name), true)
	if err != nil {
		return "", err
	}
	if dir.Type != resource.Directory {
		return "", &fs.PathError{Op: op, Path: name, Err: fmt.Errorf("not a directory")}
	}
	return path.Join(real, path.Base(name)), nil
}

// place puts a file at a name, unless a directory is there.
func (h *Host) place(op, name string, f *file) error {
	real, err := h.parent(op, name)
	if err != nil {
		return err
	}
	if old := h.files[real]; old != nil && old.Type == resource.Directory {
		return &fs.PathError{Op: op, Path: name, Err: fmt.Errorf("is a directory")}
	}
	h.files[real] = f
	return nil
}

// Write implements resource.Files.
func (h *Host) Write(name string, body io.Reader, meta resource.Meta) error {
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.does("write %s", name); err != nil {
		return err
	}
	f := h.newFile(resource.Regular, meta)
	f.content, f.Size = content, int64(len(content))
	return h.place("write", name, f)
}

// Mkdir implements resource.Files.
func (h *Host) Mkdir(name string, meta resource.Meta) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.does("mkdir %s", name); err != nil {
		return err
	}
	real, err := h.parent("mkdir", name)
	if err != nil {
		return err
	}
	if h.files[real] != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	h.files[real] = h.newFile(resource.Directory, meta)
	return nil
}

// Symlink implements resource.Files.
func (h *Host) Symlink(target, name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.does("symlink %s", name); err != nil {
		return err
	}
	f := h.newFile(resource.Symlink, resource.Meta{Mode: 0o777})
	f.Target = target
	return h.place("symlink", name, f)
}

// Link implements resource.Files.
func (h *Host) Link(target, name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.does("link %s", name); err != nil {
		return err
	}
	f, _, err := h.find("link", target, false)
	if err != nil {
		return err
	}
	return h.place("link", name, f)
}

// Chmod implements resource.Files.
func (h *Host) Chmod(name string, mode uint32) error {
	return h.alter("chmod", name, func(f *file) { f.Mode = mode })
}

// Chown implements resource.Files. As on a real host, it takes setuid and setgid away from files.
func (h *Host) Chown(name string, uid, gid int) error {
	return h.alter("chown", name, func(f *file) {
		if uid >= 0 {
			f.UID = uid
		}
		if gid >= 0 {
			f.GID = gid
		}
		if f.Type == resource.Regular {
			f.Mode &^= 0o6000
		}
	})
}

func (h *Host) alter(op, name string, change func(*file)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.does("%s %s", op, name); err != nil {
		return err
	}
	f, _, err := h.find(op, name, false)
	if err != nil {
		return err
	}
	if op == "chmod" && f.Type == resource.Symlink {
		return &fs.PathError{Op: op, Path: name, Err: fmt.Errorf("a link has no mode")}
	}
	change(f)
	return nil
}

// Remove implements resource.Files.
func (h *Host) Remove(name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.does("remove %s", name); err != nil {
		return err
	}
	f, real, err := h.find("remove", name, false)
	if err != nil {
		return nil
	}
	if f.Type == resource.Directory && len(h.below(real)) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: fmt.Errorf("directory not empty")}
	}
	delete(h.files, real)
	return nil
}

// RemoveAll implements resource.Files.
func (h *Host) RemoveAll(name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.does("remove all %s", name); err != nil {
		return err
	}
	_, real, err := h.find("remove", name, false)
	if err != nil {
		return nil
	}
	for _, other := range append(h.below(real), real) {
		delete(h.files, other)
	}
	return nil
}

func (h *Host) below(dir string) []string {
	var names []string
	for name := range h.files {
		if name != dir && strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/") {
			names = append(names, name)
		}
	}
	return names
}
