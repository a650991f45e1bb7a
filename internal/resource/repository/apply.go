package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"gemba/internal/resource"
)

// largestKey is more than any ring of keys has, in bytes.
const largestKey = 1 << 20

// apply puts the key there before apt is told to trust it, and takes it away after.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if d.Absent {
		for _, at := range append([]string{d.file()}, d.keys()...) {
			if err := sys.Remove(at); err != nil {
				return err
			}
		}
		return nil
	}
	key := o.key(d)
	if d.Key != nil && key == "" {
		var err error
		if key, err = putKey(ctx, sys, d); err != nil {
			return err
		}
	}
	if o.File == d.text(key) {
		return nil
	}
	if err := mkdir(sys, path.Dir(d.file())); err != nil {
		return err
	}
	return sys.Write(d.file(), strings.NewReader(d.text(key)), resource.Meta{Mode: 0o644})
}

// putKey writes the key under the ending that its form has.
func putKey(ctx context.Context, sys resource.System, d declared) (string, error) {
	body, err := sys.Body(ctx, d.Key.Digest)
	if err != nil {
		return "", err
	}
	defer body.Close()
	key, err := io.ReadAll(io.LimitReader(body, largestKey+1))
	if err != nil {
		return "", fmt.Errorf("reading the key: %w", err)
	}
	at, other := d.keys()[1], d.keys()[0]
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(key), []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----")):
		at, other = other, at
	case len(key) == 0 || len(key) > largestKey || key[0]&0x80 == 0: // every packet of OpenPGP begins with this bit: RFC 9580, 4.2
		return "", errors.New("the key is no public key of OpenPGP, armored or binary")
	}
	if err := mkdir(sys, keyrings); err != nil {
		return "", err
	}
	if err := sys.Write(at, bytes.NewReader(key), resource.Meta{Mode: 0o644}); err != nil {
		return "", err
	}
	return at, sys.Remove(other)
}

func mkdir(sys resource.System, dir string) error {
	if err := sys.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
