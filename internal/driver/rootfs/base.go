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
	"regexp"
	"strings"
	"syscall"

	"gemba"
)

// Bases are root filesystems that others are baked from, kept in a directory. A base is made once; whoever wants it meanwhile waits.
type Bases struct {
	Dir  string
	Says func(string) // what takes long
}

var suiteName = regexp.MustCompile(`^[a-z][a-z0-9.-]*$`)

// Find returns the directory of a base: "debian:SUITE", a directory, or a tar, which may be compressed. With renew a base that was
// downloaded is downloaded again.
func (b Bases) Find(ctx context.Context, name string, renew bool) (string, error) {
	if suite, is := strings.CutPrefix(name, "debian:"); is {
		if !suiteName.MatchString(suite) {
			return "", gemba.Fail(gemba.Invalid, fmt.Sprintf("%q is no release of Debian", suite), "its name is one small word", "--base debian:bookworm")
		}
		r := debian(suite)
		return b.keep(ctx, name, "debian-"+suite+"-"+r.digest(), renew, func(ctx context.Context, dir string, lock *os.File) error { return r.make(ctx, dir, lock, b.Says) })
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no base %q", name), "it is neither debian:SUITE nor a directory or tar that is there", "--base debian:bookworm")
	case err != nil:
		return "", fmt.Errorf("looking at the base: %w", err)
	case info.IsDir():
		if _, err := os.Stat(filepath.Join(name, "usr")); err != nil {
			return "", gemba.Fail(gemba.Invalid, name+" is no root filesystem", "it has no directory usr", "--base debian:bookworm")
		}
		return filepath.Clean(name), nil
	}
	sum, err := digest(name)
	if err != nil {
		return "", fmt.Errorf("reading the base: %w", err)
	}
	return b.keep(ctx, name, "tar-"+sum[:12], false, func(ctx context.Context, dir string, _ *os.File) error { return unpack(ctx, name, dir) })
}

// keep makes a base where it does not exist. It appears whole or not at all.
func (b Bases) keep(ctx context.Context, called, name string, renew bool, make func(ctx context.Context, dir string, lock *os.File) error) (string, error) {
	dir := filepath.Join(b.Dir, name)
	if err := os.MkdirAll(b.Dir, 0o755); err != nil {
		return "", fmt.Errorf("keeping a base: %w", err)
	}
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("keeping a base: %w", err)
	}
	defer lock.Close() // and with it the lock
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		b.Says("waiting for the base " + called + ", which somebody else is making")
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
			return "", fmt.Errorf("waiting for a base: %w", err)
		}
	}
	if _, err := os.Stat(dir); err == nil && !renew {
		return dir, nil
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return "", fmt.Errorf("removing a base that was begun: %w", err)
	}
	b.Says("making the base " + called + ", once; that may take minutes")
	if err := make(ctx, part, lock); err != nil {
		return "", errors.Join(err, os.RemoveAll(part))
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("replacing a base: %w", err)
	}
	return dir, os.Rename(part, dir)
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
	if _, err := os.Stat(filepath.Join(dir, "usr")); err != nil {
		return gemba.Fail(gemba.Invalid, file+" holds no root filesystem", "it has no directory usr", "--base debian:bookworm")
	}
	return nil
}
