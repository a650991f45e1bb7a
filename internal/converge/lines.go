package converge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"gemba"
	"gemba/internal/resource"
)

// isText reports whether bytes are a text that lines can be shown of.
func isText(b []byte) bool { return utf8.Valid(b) && !bytes.ContainsRune(b, 0) }

// unified are the lines in which two texts differ, with one line around each.
func unified(from, to string) []string {
	edits := udiff.Lines(from, to)
	text, err := udiff.ToUnified("a", "b", from, edits, 1)
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 2 {
		return nil
	}
	return lines[2:] // without the names
}

func readBody(ctx context.Context, sys resource.System, digest gemba.Digest) ([]byte, error) {
	body, err := sys.Body(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", digest.Short(), err)
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, largestText+1))
}
