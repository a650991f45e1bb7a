package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"gemba"
)

// sizeLimit is far more than what fits into an environment.
const sizeLimit = 1 << 20

// readPlain reads a value that lies open in a file, which therefore must not
// be readable to everybody.
func readPlain(path string) (string, error) {
	content, err := readPrivate(path)
	if err != nil {
		return "", err
	}
	return withoutNewline(content), nil
}

// readPrivate reads a file that others have no access to.
func readPrivate(path string) ([]byte, error) {
	return readFile(path, func(info fs.FileInfo) error {
		if mode := info.Mode().Perm(); mode&0o007 != 0 {
			return gemba.Fail(gemba.Forbidden, "", fmt.Sprintf("every user of this machine has access to %s (mode %04o)", path, mode), "chmod 600 "+path)
		}
		return nil
	})
}

// readFile reads a regular file that accept agrees to.
func readFile(path string, accept func(fs.FileInfo) error) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe must not hold us up
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, unreadable(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, gemba.Fail(gemba.Invalid, "", path+" is not a file", "name a file")
	}
	if err := accept(info); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, sizeLimit+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(content) > sizeLimit {
		return nil, gemba.Fail(gemba.Invalid, "", fmt.Sprintf("%s is larger than %d bytes", path, sizeLimit), "keep only the value in it")
	}
	return content, nil
}

func anybody(fs.FileInfo) error { return nil }

func unreadable(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return gemba.Fail(gemba.NotFound, "", path+" does not exist", "put the value into it and run: chmod 600 "+path)
	case errors.Is(err, fs.ErrPermission):
		return gemba.Fail(gemba.Forbidden, "", path+" may not be read by the user that the server runs as", "let that user own it: chown "+fmt.Sprint(os.Getuid())+" "+path)
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// withoutNewline drops the one line end that editors add.
func withoutNewline(content []byte) string {
	text := strings.TrimSuffix(string(content), "\n")
	if len(text) < len(content) {
		text = strings.TrimSuffix(text, "\r")
	}
	return text
}
