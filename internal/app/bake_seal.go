package app

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/wire"
)

// seal writes the tar, holds its packages against the lock, and puts it where it was asked for.
func (b *bakery) seal(ctx context.Context) error {
	dir := b.target.Host.Address
	if b.ask.File != "" {
		dir = filepath.Dir(b.ask.File) // beside its place: a rename puts it there whole
	}
	file, err := os.CreateTemp(dir, ".baking-*.tar")
	if err != nil {
		return gemba.Fail(gemba.Invalid, "the image cannot be written", err.Error(), "choose another file with -o")
	}
	defer func() { _ = os.Remove(file.Name()) }() // it is gone when all went well
	err = b.pack(ctx, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if b.ask.Name != "" {
		if err := b.keep(ctx, file.Name()); err != nil {
			return err
		}
	}
	if b.ask.File == "" {
		return nil
	}
	if err := errors.Join(os.Chmod(file.Name(), 0o644), os.Rename(file.Name(), b.ask.File)); err != nil {
		return gemba.Fail(gemba.Invalid, "the image cannot be written", err.Error(), "choose another file with -o")
	}
	return nil
}

func (b *bakery) pack(ctx context.Context, file *os.File) error {
	sum, buffered := sha256.New(), bufio.NewWriterSize(file, 1<<20)
	how := wire.Seal{Latest: b.image.Commit.Time.Unix(), Residue: b.image.Residue}
	sealed, err := b.link.Seal(ctx, how, b.agree, io.MultiWriter(buffered, sum))
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("looking at the image: %w", err)
	}
	b.image.Size, b.image.Digest = info.Size(), gemba.Digest("sha256:"+hex.EncodeToString(sum.Sum(nil)))
	b.image.FirstBoot = sealed.FirstBoot
	return nil
}

// agree refuses packages that the lock does not name so.
func (b *bakery) agree(sealed wire.Sealed) error {
	if err := b.lock.Holds(sealed.Packages); err != nil {
		return err
	}
	b.image.Packages, b.image.Lock = sealed.Packages, converge.Lock(sealed.Packages).String()
	b.says(fmt.Sprintf("sealing, with %d packages", len(sealed.Packages)))
	return nil
}

// keep puts the tar into the artifact store, as an image of one layer.
func (b *bakery) keep(ctx context.Context, path string) error {
	b.says("putting it into the artifact store")
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("keeping the image: %w", err)
	}
	defer file.Close()
	layer, err := b.oci.SpoolTar(ctx, file)
	if err != nil {
		return err
	}
	b.image.Artifact, err = b.oci.PutImage(ctx, b.ask.Name, layer, runtime.GOARCH)
	return errors.Join(err, layer.Close())
}
