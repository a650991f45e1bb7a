package rootfs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"gemba"
)

// Bases are root filesystems that others are baked from, kept in a directory. A base is made once; whoever wants it meanwhile waits.
type Bases struct {
	Dir  string
	Says func(string) // what takes long
}

// Base is a root filesystem that is in use: nobody makes it anew until it is released.
type Base struct {
	Dir  string
	lock *os.File // nil: it is somebody's directory
}

// Release lets go of the base.
func (b Base) Release() {
	if b.lock != nil {
		b.lock.Close()
	}
}

// Find returns a base: "debian:SUITE", a directory, or a tar, which may be compressed. With renew a base that was downloaded is
// downloaded again.
func (b Bases) Find(ctx context.Context, name string, renew bool) (Base, error) {
	if suite, is := strings.CutPrefix(name, "debian:"); is {
		if !suiteName(suite) {
			return Base{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("%q is no release of Debian", suite), "its name is one small word", "--base debian:bookworm")
		}
		r := debian(suite)
		return b.keep(ctx, name, "debian-"+suite+"-"+r.digest(), renew, func(ctx context.Context, dir string, lock *os.File) error { return r.make(ctx, dir, lock, b.Says) })
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Base{}, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no base %q", name), "it is neither debian:SUITE nor a directory or tar that is there", "--base debian:bookworm")
	case err != nil:
		return Base{}, fmt.Errorf("looking at the base: %w", err)
	case info.IsDir():
		return Base{Dir: filepath.Clean(name)}, rootIn(name, name)
	}
	sum, err := digest(name)
	if err != nil {
		return Base{}, fmt.Errorf("reading the base: %w", err)
	}
	return b.keep(ctx, name, "tar-"+sum[:12], false, func(ctx context.Context, dir string, _ *os.File) error { return unpack(ctx, name, dir) })
}

func suiteName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool { return c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') })
}

// rootIn reports, as an error, that a directory is not a root filesystem.
func rootIn(dir, called string) error {
	if _, err := os.Stat(filepath.Join(dir, "usr")); err != nil {
		return gemba.Fail(gemba.Invalid, called+" is no root filesystem", "it has no directory usr", "--base debian:bookworm")
	}
	return nil
}

// keep makes a base where it does not exist. It appears whole or not at all.
func (b Bases) keep(ctx context.Context, called, name string, renew bool, make func(ctx context.Context, dir string, lock *os.File) error) (Base, error) {
	dir := filepath.Join(b.Dir, name)
	if err := os.MkdirAll(b.Dir, 0o755); err != nil {
		return Base{}, fmt.Errorf("keeping a base: %w", err)
	}
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return Base{}, fmt.Errorf("keeping a base: %w", err)
	}
	base := Base{Dir: dir, lock: lock}
	if err := b.hold(lock, called, syscall.LOCK_SH); err != nil {
		base.Release()
		return Base{}, err
	}
	if there(dir) && !renew {
		return base, nil
	}
	err = b.hold(lock, called, syscall.LOCK_EX)
	if err == nil && (renew || !there(dir)) { // else another has made it meanwhile
		b.Says("making the base " + called + ", once; that may take minutes")
		err = replace(dir, func(part string) error { return make(ctx, part, lock) })
	}
	if err == nil {
		err = b.hold(lock, called, syscall.LOCK_SH)
	}
	if err != nil {
		base.Release()
		return Base{}, err
	}
	return base, nil
}

// hold takes a lock, and says so where others have it.
func (b Bases) hold(lock *os.File, called string, how int) error {
	if syscall.Flock(int(lock.Fd()), how|syscall.LOCK_NB) == nil {
		return nil
	}
	b.Says("waiting for the base " + called + ", which somebody else has in hand")
	err := error(syscall.EINTR)
	for errors.Is(err, syscall.EINTR) {
		err = syscall.Flock(int(lock.Fd()), how)
	}
	if err != nil {
		return fmt.Errorf("waiting for a base: %w", err)
	}
	return nil
}

func there(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}

// replace makes a directory beside its place and puts it there.
func replace(dir string, make func(part string) error) error {
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("removing a base that was begun: %w", err)
	}
	if err := make(part); err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("replacing a base: %w", err)
	}
	return os.Rename(part, dir)
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// unpack lets tar find out how it is compressed, and keep owners, holes, capabilities and access lists.
func unpack(ctx context.Context, file, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("unpacking the base: %w", err)
	}
	command := exec.CommandContext(ctx, "tar", "--extract", "--file="+file, "--directory="+dir, "--numeric-owner", "--preserve-permissions", "--xattrs", "--xattrs-include=*", "--acls")
	if out, err := command.CombinedOutput(); err != nil {
		return gemba.Fail(gemba.Invalid, file+" cannot be unpacked as a base", lastWords(out)+": "+err.Error(), "tar -tf "+file)
	}
	return rootIn(dir, file)
}
