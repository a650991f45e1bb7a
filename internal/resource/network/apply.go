package network

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"gemba/internal/resource"
)

// apply writes the file, has networkd read it, and writes down that it has: what was cut short between is seen by that.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if d.Absent {
		if err := sys.Remove(d.file()); err != nil {
			return err
		}
		if err := reload(ctx, sys); err != nil {
			return err
		}
		return sys.Remove(d.record())
	}
	text := d.text()
	if o.File != text {
		if err := sys.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if o.Loaded == text { // it was changed by hand and is changed back: networkd may have read the other
			if err := sys.Remove(d.record()); err != nil {
				return err
			}
		}
		// networkd reads it as a user of its own.
		if err := sys.Write(d.file(), strings.NewReader(text), resource.Meta{Mode: 0o644}); err != nil {
			return err
		}
	}
	if err := reload(ctx, sys); err != nil {
		return err
	}
	return sys.Write(d.record(), strings.NewReader(text), resource.Meta{Mode: 0o644})
}

// reload has networkd read its files, and configure anew the interfaces whose files have changed. A root filesystem is read when it boots.
func reload(ctx context.Context, sys resource.System) error {
	if !sys.Live() {
		return nil
	}
	_, err := sys.Run(ctx, resource.Command{Argv: []string{"networkctl", "reload"}, Timeout: time.Minute})
	var exit *resource.ExitError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no networkctl: interfaces are configured where systemd-networkd is")
	case errors.As(err, &exit):
		return fmt.Errorf("systemd-networkd did not read the file: %s; does the unit systemd-networkd run?", strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}
