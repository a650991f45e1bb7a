package resource

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"gemba"
)

// Foreseen is a host as it will be: what is there, and over it what changes of a plan will have made of it. Nothing that is done to it
// reaches the host. It knows files and accounts; what commands would do nobody can know, so that none is run.
type Foreseen struct {
	System
	mu       sync.Mutex
	files    map[string]*foreseenFile
	accounts *Accounts // nil: as they are
}

// foreseenFile is a path that a change touches.
type foreseenFile struct {
	Info
	content []byte
	as      string // whose content it has on the host; "" where it is the one here
	unknown bool   // its content is a body that is not at hand
	new     bool   // nothing of what is below the path on the host is below it
}

// ErrUnforeseen is for what is not known before it is done.
var ErrUnforeseen = errors.New("it is known only when the changes before are made")

// Foresee begins with a host as it is.
func Foresee(sys System) *Foreseen { return &Foreseen{System: sys, files: map[string]*foreseenFile{}} }

// AsApplied is the Foresee of a kind whose Apply does nothing but change files: it is done to the foreseen host.
func AsApplied[D, S any](apply func(context.Context, System, D, S) error) func(context.Context, *Foreseen, D, S) error {
	return func(ctx context.Context, f *Foreseen, d D, s S) error { return apply(ctx, f, d, s) }
}

// Accounts implements System.
func (f *Foreseen) Accounts() (Accounts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.accounts != nil {
		return *f.accounts, nil
	}
	return f.System.Accounts()
}

// SetAccounts says what users and groups there will be.
func (f *Foreseen) SetAccounts(a Accounts) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.accounts = &a
}

// Run implements System: no command is run.
func (f *Foreseen) Run(context.Context, Command) (Output, error) { return Output{}, ErrUnforeseen }

// Cache implements System: nothing is remembered, because the next change is foreseen soon.
func (f *Foreseen) Cache() *Cache { return &Cache{} }

// body is a text of the declaration that is not needed to foresee: only that it will be there.
type body struct{}

func (body) Read([]byte) (int, error) { return 0, ErrUnforeseen }
func (body) Close() error             { return nil }

// Body implements System.
func (f *Foreseen) Body(context.Context, gemba.Digest) (io.ReadCloser, error) { return body{}, nil }

func missing(op, name string) error { return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist} }

// look is what a change has made of a path; false where the host says it.
func (f *Foreseen) look(name string) (*foreseenFile, bool) {
	if found := f.files[name]; found != nil {
		return found, true
	}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if above := f.files[dir]; above != nil && above.new {
			return &foreseenFile{}, true
		}
		if dir == "/" || dir == "." {
			return nil, false
		}
	}
}

// real is a path with the links of the directories on the way followed.
func (f *Foreseen) real(name string, links int) string {
	if name == "/" || name == "." {
		return name
	}
	dir := f.real(path.Dir(name), links)
	for ; links < 40; links++ { // as many as the kernel follows
		info, err := f.lstat(dir)
		if err != nil || info.Type != Symlink {
			break
		}
		target := info.Target
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(dir), target)
		}
		dir = f.real(path.Clean(target), links+1)
	}
	return path.Join(dir, path.Base(name))
}

// Lstat implements Files.
func (f *Foreseen) Lstat(name string) (Info, error) { return f.lstat(f.real(name, 0)) }

func (f *Foreseen) lstat(name string) (Info, error) {
	f.mu.Lock()
	found, touched := f.look(name)
	f.mu.Unlock()
	switch {
	case !touched:
		return f.System.Lstat(name)
	case found.Type == Absent:
		return Info{}, missing("lstat", name)
	}
	return found.Info, nil
}

// Stat implements Files.
func (f *Foreseen) Stat(name string) (Info, error) {
	_, info, err := Follow(f, name)
	if err == nil && info.Type == Absent {
		err = missing("stat", name)
	}
	return info, err
}

// ReadFile implements Files.
func (f *Foreseen) ReadFile(name string) ([]byte, error) {
	at, info, err := Follow(f, name)
	switch {
	case err != nil:
		return nil, err
	case info.Type == Absent:
		return nil, missing("open", name)
	}
	at = f.real(at, 0)
	f.mu.Lock()
	found, touched := f.look(at)
	f.mu.Unlock()
	switch {
	case !touched:
		return f.System.ReadFile(at)
	case found.unknown:
		return nil, fmt.Errorf("reading %s: %w", at, ErrUnforeseen)
	case found.as != "":
		return f.System.ReadFile(found.as)
	}
	return slices.Clone(found.content), nil
}

// Open implements Files.
func (f *Foreseen) Open(name string) (io.ReadCloser, error) {
	content, err := f.ReadFile(name)
	return io.NopCloser(bytes.NewReader(content)), err
}

// ReadDir implements Files.
func (f *Foreseen) ReadDir(name string) ([]string, error) {
	if at, info, err := Follow(f, name); err == nil && info.Type == Directory {
		name = f.real(at, 0)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	found, touched := f.look(name)
	if touched && found.Type != Directory {
		return nil, missing("readdir", name)
	}
	var names []string
	if !touched || !found.new {
		var err error
		if names, err = f.System.ReadDir(name); err != nil {
			return nil, err
		}
		names = slices.DeleteFunc(names, func(n string) bool { return f.files[path.Join(name, n)] != nil })
	}
	for at, one := range f.files {
		if path.Dir(at) == name && one.Type != Absent {
			names = append(names, path.Base(at))
		}
	}
	slices.Sort(names)
	return names, nil
}

// place puts something at a path whose directory has to be there.
func (f *Foreseen) place(op, name string, file *foreseenFile) error {
	dir, err := f.Stat(path.Dir(name))
	if err != nil || dir.Type != Directory {
		return missing(op, name)
	}
	name = f.real(name, 0)
	if old, err := Look(f, name); err != nil || old.Type == Directory {
		return errors.Join(err, &fs.PathError{Op: op, Path: name, Err: errors.New("is a directory")})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[name] = file
	return nil
}

// Write implements Files.
func (f *Foreseen) Write(name string, text io.Reader, meta Meta) error {
	file := &foreseenFile{Info: Info{Type: Regular, Mode: meta.Mode, UID: meta.UID, GID: meta.GID}, new: true}
	if _, file.unknown = text.(body); file.unknown {
		file.Size = UnknownSize
	} else {
		var err error
		if file.content, err = io.ReadAll(text); err != nil {
			return err
		}
		file.Size = int64(len(file.content))
	}
	return f.place("write", name, file)
}

// Mkdir implements Files.
func (f *Foreseen) Mkdir(name string, meta Meta) error {
	if info, err := Look(f, name); err != nil || info.Type != Absent {
		return errors.Join(err, &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist})
	}
	return f.place("mkdir", name, &foreseenFile{Info: Info{Type: Directory, Mode: meta.Mode, UID: meta.UID, GID: meta.GID}, new: true})
}

// Symlink implements Files.
func (f *Foreseen) Symlink(target, name string) error {
	return f.place("symlink", name, &foreseenFile{Info: Info{Type: Symlink, Mode: 0o777, Target: target}, new: true})
}

// Link implements Files.
func (f *Foreseen) Link(string, string) error { return ErrUnforeseen }

// alter changes what describes a file.
func (f *Foreseen) alter(name string, change func(*Info)) error {
	name = f.real(name, 0)
	info, err := f.lstat(name)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	file := f.files[name]
	if file == nil {
		file = &foreseenFile{Info: info, as: name}
		f.files[name] = file
	}
	change(&file.Info)
	return nil
}

// Chmod implements Files.
func (f *Foreseen) Chmod(name string, mode uint32) error {
	return f.alter(name, func(i *Info) { i.Mode = mode })
}

// Chown implements Files.
func (f *Foreseen) Chown(name string, uid, gid int) error {
	return f.alter(name, func(i *Info) {
		if uid >= 0 {
			i.UID = uid
		}
		if gid >= 0 {
			i.GID = gid
		}
	})
}

// Remove implements Files.
func (f *Foreseen) Remove(name string) error { return f.RemoveAll(name) }

// RemoveAll implements Files.
func (f *Foreseen) RemoveAll(name string) error {
	name = f.real(name, 0)
	f.mu.Lock()
	defer f.mu.Unlock()
	for at := range f.files {
		if strings.HasPrefix(at, name+"/") {
			delete(f.files, at)
		}
	}
	f.files[name] = &foreseenFile{new: true}
	return nil
}
