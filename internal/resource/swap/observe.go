package swap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"gemba/internal/resource"
)

func observe(_ context.Context, sys resource.System, d declared) (observed, error) {
	var o observed
	var err error
	if o.File, err = resource.Look(sys, d.Name); err != nil {
		return o, err
	}
	if o.File.Type == resource.Regular {
		if o.Signed, o.Blank, err = head(sys, d.Name); err != nil {
			return o, err
		}
	}
	if o.Text, err = resource.ReadText(sys, "/etc/fstab"); err != nil {
		return o, err
	}
	for _, line := range resource.SplitLines(o.Text.Content).All {
		if m, is := resource.ParseMount(line); is && d.is(m) {
			o.Line = &m
		}
	}
	if o.Live = sys.Live(); !o.Live {
		return o, nil
	}
	swaps, err := sys.ReadFile("/proc/swaps")
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a kernel without swap has no such file
		return o, fmt.Errorf("reading what is in use: %w", err)
	}
	real, _, err := resource.Follow(sys, d.Name) // the kernel knows a device by its own name, not by /dev/disk/by-uuid/…
	if err != nil {
		return o, err
	}
	for line := range strings.Lines(string(swaps)) {
		if fields := strings.Fields(line); len(fields) > 1 {
			name := resource.DecodeMount(fields[0])
			o.Active = o.Active || name == d.Name || name == real
		}
	}
	return o, nil
}

func (d declared) is(m resource.Mount) bool { return m.Type == "swap" && m.Device == d.Name }

// head reports whether a file was made into a swap: mkswap(8) ends its first page with a word; and whether nothing is in that page.
// Pages of 4 KiB are those of most hosts.
func head(sys resource.System, name string) (signed, blank bool, err error) {
	const page, word = 4096, "SWAPSPACE2"
	f, err := sys.Open(name)
	if err != nil {
		return false, false, err
	}
	defer f.Close()
	first := make([]byte, page)
	n, err := io.ReadFull(f, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, false, fmt.Errorf("reading %s: %w", name, err)
	}
	return n == page && strings.HasSuffix(string(first), word), strings.Trim(string(first[:n]), "\x00") == "", nil
}
