// Package memory is a host in memory: a System for tests that works, with
// files, accounts that are read from its own /etc/passwd, and commands that a test gives it.
package memory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// Host is a host in memory. The zero value is not ready: use New.
type Host struct {
	mu       sync.Mutex
	files    map[string]*file
	bodies   map[gemba.Digest][]byte
	programs map[string]Program
	inodes   uint64
	Calls    []string           // every change and every command, in order
	Fault    func(string) error // may fail a change or a command, given as in Calls; nil: none fails
	Baked    bool               // it is a root filesystem, and not Live
	Now      func() time.Time
}

// Program is a command of a host: it is given its arguments and may use the host.
type Program func(h *Host, c resource.Command) (resource.Output, error)

type file struct {
	resource.Info
	content []byte
}

// New is a host with the directories and accounts that every host has.
func New() *Host {
	h := &Host{files: map[string]*file{}, bodies: map[gemba.Digest][]byte{}, programs: map[string]Program{}, Now: time.Now}
	for _, dir := range []string{"/", "/etc", "/var", "/var/lib", "/usr", "/usr/bin", "/tmp", "/root", "/home"} {
		h.files[dir] = h.newFile(resource.Directory, resource.Meta{Mode: 0o755})
	}
	h.Set("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n")
	h.Set("/etc/group", "root:x:0:\nwww-data:x:33:\nadm:x:4:\nsudo:x:27:\n")
	h.Set("/etc/shadow", "root:*:19000:0:99999:7:::\nwww-data:*:19000:0:99999:7:::\n")
	h.Calls = nil
	return h
}

// Program gives the host a command, by the name that Argv[0] has.
func (h *Host) Program(name string, p Program) { h.programs[name] = p }

// AddBody makes a body known and returns how a declaration names it.
func (h *Host) AddBody(text string) gemba.Body {
	sum := sha256.Sum256([]byte(text))
	digest := gemba.Digest("sha256:" + hex.EncodeToString(sum[:]))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bodies[digest] = []byte(text)
	return gemba.Body{Digest: digest, Size: int64(len(text))}
}

// Set puts a file there, with mode 0644 and of root, as if it had always been there.
func (h *Host) Set(name, content string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.newFile(resource.Regular, resource.Meta{Mode: 0o644})
	f.content, f.Size = []byte(content), int64(len(content))
	h.files[name] = f
}

// Text returns the content of a file; "" when it is not there.
func (h *Host) Text(name string) string {
	text, _ := h.ReadFile(name)
	return string(text)
}

// Snapshot describes everything that is there, for comparing before and after.
func (h *Host) Snapshot() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]string{}
	for name, f := range h.files {
		all[name] = fmt.Sprintf("%s %04o %d:%d %s%s", f.Type, f.Mode, f.UID, f.GID, f.Target, f.content)
	}
	return all
}

func (h *Host) newFile(t resource.FileType, meta resource.Meta) *file {
	h.inodes++
	return &file{Info: resource.Info{Type: t, Mode: meta.Mode, UID: meta.UID, GID: meta.GID, Inode: h.inodes, Modified: h.Now()}}
}

// does notes a change, or fails it.
func (h *Host) does(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	if h.Fault != nil {
		if err := h.Fault(call); err != nil {
			return err
		}
	}
	h.Calls = append(h.Calls, call)
	return nil
}

// resolve follows the links of the directories on the way to a path, and of the last one when follow says so.
func (h *Host) resolve(name string, follow bool) (string, error) {
	name = path.Clean(name)
	for range 40 {
		parts := strings.Split(strings.TrimPrefix(name, "/"), "/")
		at, again := "/", false
		for i, part := range parts {
			if part == "" {
				continue
			}
			next := path.Join(at, part)
			f := h.files[next]
			if f != nil && f.Type == resource.Symlink && (i < len(parts)-1 || follow) {
				target := f.Target
				if !path.IsAbs(target) {
					target = path.Join(at, target)
				}
				name, again = path.Join(append([]string{target}, parts[i+1:]...)...), true
				break
			}
			if f != nil && f.Type != resource.Directory && i < len(parts)-1 {
				return "", &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("not a directory")}
			}
			at = next
		}
		if !again {
			return name, nil
		}
	}
	return "", &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("too many links")}
}

func (h *Host) find(op, name string, follow bool) (*file, string, error) {
	real, err := h.resolve(name, follow)
	if err != nil {
		return nil, "", err
	}
	if f := h.files[real]; f != nil {
		return f, real, nil
	}
	return nil, real, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Lstat implements resource.Files.
func (h *Host) Lstat(name string) (resource.Info, error) { return h.stat("lstat", name, false) }

// Stat implements resource.Files.
func (h *Host) Stat(name string) (resource.Info, error) { return h.stat("stat", name, true) }

func (h *Host) stat(op, name string, follow bool) (resource.Info, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f, _, err := h.find(op, name, follow)
	if err != nil {
		return resource.Info{}, err
	}
	return f.Info, nil
}

// ReadFile implements resource.Files.
func (h *Host) ReadFile(name string) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f, _, err := h.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if f.Type != resource.Regular {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("is a %s", f.Type)}
	}
	return slices.Clone(f.content), nil
}

// Open implements resource.Files.
func (h *Host) Open(name string) (io.ReadCloser, error) {
	content, err := h.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// ReadDir implements resource.Files.
func (h *Host) ReadDir(name string) ([]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	dir, real, err := h.find("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if dir.Type != resource.Directory {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fmt.Errorf("not a directory")}
	}
	var names []string
	for other := range h.files {
		if other != "/" && path.Dir(other) == real {
			names = append(names, path.Base(other))
		}
	}
	slices.Sort(names)
	return names, nil
}

// Accounts implements resource.System.
func (h *Host) Accounts() (resource.Accounts, error) { return resource.ReadAccounts(h) }

// Cache implements resource.System: it forgets at once, so that no test rests on what it remembers.
func (h *Host) Cache() *resource.Cache { return &resource.Cache{} }

// Live implements resource.System.
func (h *Host) Live() bool { return !h.Baked }

// Body implements resource.System.
func (h *Host) Body(_ context.Context, digest gemba.Digest) (io.ReadCloser, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, known := h.bodies[digest]
	if !known {
		return nil, fmt.Errorf("there is no body %s", digest.Short())
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

// Run implements resource.System.
func (h *Host) Run(_ context.Context, c resource.Command) (resource.Output, error) {
	h.mu.Lock()
	program := h.programs[c.Argv[0]]
	err := h.does("run %s", strings.Join(c.Argv, " "))
	h.mu.Unlock()
	if err != nil {
		return resource.Output{}, err
	}
	if program == nil {
		return resource.Output{}, fmt.Errorf("%s: %w", c.Argv[0], fs.ErrNotExist)
	}
	return program(h, c)
}
