package heads

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gemba"
)

// KeyFile implements ledger.KeyFile: the signing key in a file of the state
// directory that only its owner may read.
type KeyFile struct{ path string }

// NewKeyFile names the file.
func NewKeyFile(path string) KeyFile { return KeyFile{path} }

// Load implements ledger.KeyFile. A key that others can read is a gemba.Error with Forbidden.
func (k KeyFile) Load(context.Context) (string, error) {
	info, err := os.Stat(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return "", gemba.Fail(gemba.Forbidden, "the ledger's signing key is not used", fmt.Sprintf("others may read %s (%v)", k.path, mode), "chmod 600 "+k.path)
	}
	content, err := os.ReadFile(k.path)
	return strings.TrimSpace(string(content)), err
}

// Save implements ledger.KeyFile. A key that is there is never replaced.
func (k KeyFile) Save(_ context.Context, key string) error {
	fresh := k.path + ".new"
	if err := writeKey(fresh, key); err != nil {
		return err
	}
	defer os.Remove(fresh)
	// A link, unlike a rename, fails when there is a key.
	if err := os.Link(fresh, k.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(k.path))
}

func writeKey(path, key string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteString(key + "\n"); err != nil {
		return err
	}
	return file.Sync()
}
